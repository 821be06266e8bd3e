"""Programs of ours that start as forks of the supervisor, which has loaded Django once for all of them.

Loading costs seconds; forking costs nothing and shares the memory. Only the main thread forks: the kernel's
signal at the parent's death belongs to the thread that forked.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from setproctitle import setproctitle

from project.embedded.processes import open_log
from project.embedded.tether import PARENT_GONE, PR_SET_PDEATHSIG


class Forked:
    """A forked child, with the part of subprocess.Popen's face that the supervisor uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.02)
        return code

    def send_signal(self, which: int) -> None:
        """Send a signal, unless it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, which)


def fork(name: str, main: Callable[[], object], log: Path, close: tuple[int, ...]) -> Forked:
    """Run `main` in a child with its own session, title and log; `close` are descriptors it must not keep."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os._exit(_child(name, main, log, close, parent))
    return Forked(pid)


def _child(name: str, main: Callable[[], object], log: Path, close: tuple[int, ...], parent: int) -> int:
    """Never returns into the supervisor's code: whatever happens ends in an exit status."""
    try:
        _settle_in(name, log, close, parent)
        main()
        return 0
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _settle_in(name: str, log: Path, close: tuple[int, ...], parent: int) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(PARENT_GONE)
    for descriptor in close:
        os.close(descriptor)
    with open_log(log) as output, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    setproctitle(f"earshot: {name}")
