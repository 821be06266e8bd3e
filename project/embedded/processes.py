"""Start and stop child processes so that none outlives its parent."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

from project.embedded import tether
from project.embedded.errors import CannotStart

NO_USER_NAMESPACES = (
    "PostgreSQL does not run as root, and this machine does not let root map itself to another number "
    "(user namespaces are off). Either start Earshot as an ordinary user, or allow them "
    "(`sysctl user.max_user_namespaces=1000`, and in a container its seccomp profile), or set DATABASE_URL and "
    "KEYSTORE_URL to a PostgreSQL of your own."
)


class Process(Protocol):
    """What subprocess.Popen and our forks have in common."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...


def command(program: Sequence[str | Path], *, death_signal: signal.Signals, never_root: bool = False) -> list[str]:
    """The command line that runs `program` tied to this process; `never_root` hides root from it."""
    identity = "mapped" if never_root and os.getuid() == 0 else "own"
    launcher = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), death_signal.name, identity]
    return launcher + [str(part) for part in program]


def start(
    program: Sequence[str | Path],
    *,
    death_signal: signal.Signals = signal.SIGTERM,
    never_root: bool = False,
    output: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own (Ctrl-C reaches only us; we stop the others in order)."""
    return subprocess.Popen(
        command(program, death_signal=death_signal, never_root=never_root),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
    )


def run(program: Sequence[str | Path], *, never_root: bool = False) -> str:
    """Run a short program to its end and return what it printed; raises CannotStart when it fails."""
    done = subprocess.run(
        command(program, death_signal=signal.SIGTERM, never_root=never_root),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    explain(done.returncode)
    if done.returncode != 0:
        raise CannotStart(f"{Path(program[0]).name} failed: {done.stdout.strip()[-500:]}")
    return done.stdout


def explain(returncode: int | None) -> None:
    """Raise the plain reason when it was the launcher that gave up."""
    if returncode == tether.NO_NAMESPACE:
        raise CannotStart(NO_USER_NAMESPACES)


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals, patience: float) -> None:
    """Ask a process to stop; after `patience` seconds kill it and all that it started."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    wait_or_kill(process, patience)


def wait_or_kill(process: Process, patience: float) -> None:
    """Wait for a process that was asked to stop; then end whatever is left of its group."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    kill_group(process)


def kill_group(process: Process) -> None:
    """Kill a process that `start` made, with its whole group; harmless when nothing is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def open_log(path: Path, limit: int = 5_000_000) -> IO[bytes]:
    """Open a log of ours (0600) to append to; one over `limit` bytes is kept as NAME.1 and begun again."""
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_name(path.name + ".1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")


def end_of(log: Path, characters: int = 600) -> str:
    """The last words of a log, to put into an error."""
    return log.read_text(errors="replace").strip()[-characters:] if log.exists() else "(no log)"


def command_of(number: int) -> str:
    """The command line of a running process, or an empty string when there is none (or no /proc)."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def birth_of(number: int) -> str:
    """When a living process was born, in clock ticks since boot: with its number it is one process and no other."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return ""
