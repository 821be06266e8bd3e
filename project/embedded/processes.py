"""Start and stop child processes so that none outlives its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from project.embedded import tether
from project.embedded.errors import CannotStart

NO_USER_NAMESPACES = (
    "PostgreSQL does not run as root, and this machine does not let root map itself to another number "
    "(user namespaces are off). Either start Earshot as an ordinary user, or allow them "
    "(`sysctl user.max_user_namespaces=1000`, and in a container its seccomp profile), or set DATABASE_URL and "
    "KEYSTORE_URL to a PostgreSQL of your own."
)


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
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own (Ctrl-C reaches only us; we stop the others in order)."""
    return subprocess.Popen(
        command(program, death_signal=death_signal, never_root=never_root),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if environment is None else dict(environment),
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


def stop(
    process: subprocess.Popen[bytes], stop_signal: signal.Signals = signal.SIGTERM, patience: float = 10.0
) -> None:
    """Ask a process to stop; after `patience` seconds kill it and all that it started."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that `start` made, with its whole group; harmless when nothing is left."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
