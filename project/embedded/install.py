"""Make the virtual environment from the hashed lock: `install.py VENV LOCK`. Runs before anything is installed.

uv, itself pinned in the lock, does the work in seconds; where it cannot reach the packages that pip can
(pip has settings of its own for mirrors), pip does it.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

NO_VENV = (
    "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv. "
    "Elsewhere install a complete Python 3.11 or newer."
)


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def lines_of(lock: str, package: str) -> str:
    """The lock's lines for one package: its version and hashes."""
    found: list[str] = []
    for line in lock.splitlines():
        if line.startswith(f"{package}==") or (found and line.startswith(" ")):
            found.append(line)
        elif found:
            break
    return "\n".join(found) + "\n"


def make_environment(folder: Path) -> None:
    """A virtual environment with pip, unless there is one."""
    if (folder / "bin" / "python").exists():
        return
    try:
        venv.create(folder, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        sys.exit(NO_VENV)


def pip(python: Path, *arguments: str) -> int:
    """Run pip, quietly; returns its exit status."""
    line: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        *arguments,
    ]
    return subprocess.run(line, check=False).returncode


def main(folder: Path, lock: Path) -> None:
    """Install exactly what the lock says; exits with a sentence when that fails."""
    make_environment(folder)
    python = folder / "bin" / "python"
    say("Installing the Python packages ...")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(lines_of(lock.read_text(), "uv"))
        only_uv.flush()
        bootstrapped = pip(python, "--no-deps", "-r", only_uv.name) == 0
    if bootstrapped and _sync(folder, python, lock):
        return
    if pip(python, "-r", str(lock)) != 0:
        sys.exit("The packages could not be installed. Is a package index within reach?")


def _sync(folder: Path, python: Path, lock: Path) -> bool:
    line: list[str | Path] = [
        folder / "bin" / "uv",
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        "--python",
        python,
        lock,
    ]
    return subprocess.run(line, check=False).returncode == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
