"""One embedded PostgreSQL 18 cluster, reached over a Unix socket in a 0700 folder and by nothing else.

Who may connect is who may enter the socket's folder, so the cluster itself trusts local connections; it
listens on no network address.
"""

import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from project.embedded import processes
from project.embedded.errors import CannotStart
from project.embedded.wheels import postgres_program

PORT = 5432
OWNER = "earshot"
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "128MB",
    "logging_collector": "off",
    # statements and their values never reach a log
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass
class Cluster:
    """A cluster in `folder`; `socket_folder` must be short (a socket's path has at most 107 bytes)."""

    folder: Path
    socket_folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, role: str = OWNER) -> str:
        """libpq address of one database, e.g. postgresql://earshot@%2Fshort%2Ffolder:5432/earshot."""
        return f"postgresql://{role}@{quote(str(self.socket_folder), safe='')}:{PORT}/{database}"

    @property
    def socket_path(self) -> Path:
        """The socket that clients connect to."""
        return self.socket_folder / f".s.PGSQL.{PORT}"

    def create(self) -> None:
        """initdb, unless the cluster is there. Made beside and renamed, so that it is whole or absent."""
        if (self.folder / "PG_VERSION").exists():
            return
        unfinished = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        options = ["--username", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        processes.run([postgres_program("initdb"), "-D", unfinished, *options], never_root=True)
        unfinished.rename(self.folder)

    def start(self, log: Path | None = None, patience: float = 60.0) -> None:
        """Launch the server and wait until it answers; raises CannotStart with the end of its log."""
        log = log or self.folder / "server.log"
        self.launch(log)
        self.wait(log, patience)

    def launch(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it, so that several can come up side by side."""
        self._forget_the_dead()
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        program: list[str | Path] = [postgres_program("postgres"), "-D", self.folder, "-k", self.socket_folder]
        for name, value in {**SETTINGS, **self.settings}.items():
            program += ["-c", f"{name}={value}"]
        with processes.open_log(log) as output:
            self.process = processes.start(program, death_signal=signal.SIGINT, never_root=True, output=output)
        return self.process

    def _forget_the_dead(self) -> None:
        """Remove a lock file whose number by now belongs to some other program: PostgreSQL alone can't tell."""
        lock = self.folder / "postmaster.pid"
        if lock.exists():
            number = lock.read_text().split("\n", 1)[0].strip()
            if not number.isdigit() or str(self.folder) not in processes.command_of(int(number)):
                lock.unlink()

    def wait(self, log: Path, patience: float = 60.0) -> None:
        """Wait until a launched server answers; raises CannotStart with the end of its log."""
        assert self.process is not None
        deadline = time.monotonic() + patience
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                code = self.process.poll()
                self.stop()
                processes.explain(code)
                raise CannotStart(f"PostgreSQL did not start in {self.folder}: {processes.end_of(log)}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Connected to and ready: a start-up packet is answered with an authentication request ('R')."""
        parameters = b"user\0" + OWNER.encode() + b"\0database\0postgres\0\0"
        body = (196608).to_bytes(4, "big") + parameters
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(5)
                client.connect(str(self.socket_path))
                client.sendall((len(body) + 4).to_bytes(4, "big") + body)
                answer = client.recv(1)
                client.sendall(b"X\0\0\0\4")
                return answer == b"R"
        except OSError:
            return False

    def create_database(self, name: str) -> None:
        """Create a database unless it exists. `name` is ours, never a person's input."""
        found = self.query("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'")  # noqa: S608  # ours
        if not found:
            self.query("postgres", f'CREATE DATABASE "{name}"')

    def query(self, database: str, statement: str) -> str:
        """What psql prints for a statement of ours. Raises CannotStart."""
        psql: list[str | Path] = [postgres_program("psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        return processes.run([*psql, "-d", self.url(database), "-c", statement]).strip()

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT, patience=30)
            self.process = None
