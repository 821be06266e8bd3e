"""One embedded Valkey 8, reached over a Unix socket in a 0700 folder and by nothing else.

It carries the broker's nudges, the sockets' groups and heartbeats: nothing that isn't also a row, so it
keeps nothing on disk.
"""

import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from project.embedded import processes
from project.embedded.errors import CannotStart
from project.embedded.wheels import valkey_program


@dataclass
class Valkey:
    """A server whose socket lies in `socket_folder` (short: a socket's path has at most 107 bytes)."""

    socket_folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        """The socket that clients connect to."""
        return self.socket_folder / "valkey.sock"

    @property
    def url(self) -> str:
        """Address for redis-py and Channels."""
        return f"unix://{self.socket_path}?db=0"

    @property
    def broker_url(self) -> str:
        """Address for Celery, in a numbered database of its own."""
        return f"redis+socket://{self.socket_path}?virtual_host=1"

    def start(self, log: Path | None = None, patience: float = 20.0) -> None:
        """Launch the server and wait until it answers; raises CannotStart with the end of its log."""
        log = log or self.socket_folder / "valkey.log"
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the log may lie in it
        self.launch(log)
        self.wait(log, patience)

    def launch(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it."""
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket_path.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", str(self.socket_path), "--unixsocketperm", "700"]
        options += ["--save", "", "--appendonly", "no", "--dir", str(self.socket_folder), "--daemonize", "no"]
        with processes.open_log(log) as output:
            self.process = processes.start([valkey_program(), *options], output=output)
        return self.process

    def wait(self, log: Path, patience: float = 20.0) -> None:
        """Wait until a launched server answers; raises CannotStart with the end of its log."""
        assert self.process is not None
        deadline = time.monotonic() + patience
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(f"Valkey did not start: {processes.end_of(log)}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(5)
                client.connect(str(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(7) == b"+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """Stop at once: nothing here needs saving."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGTERM, patience=5)
            self.process = None
