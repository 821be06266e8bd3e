"""Programs that are not ours, with which the tests open and check what we hand out.

`python -m tests.outside` makes sure they are there: as root on Debian it installs them, elsewhere it says what to
install and fails. No test is skipped for want of one.
"""

import os
import shutil
import subprocess
import sys

# Each program and the Debian package that brings it.
PROGRAMS = {
    "age": "age",
    "age-keygen": "age",
    "openssl": "openssl",
    "pdfinfo": "poppler-utils",
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    "tar": "tar",
}


def missing() -> list[str]:
    """The packages that have to be installed, sorted."""
    return sorted({package for name, package in PROGRAMS.items() if shutil.which(name) is None})


def advice() -> str:
    return (
        f"The tests check exports with other people's programs. On Debian: apt-get install {' '.join(missing())} "
        "(as root `make test` does it itself); elsewhere install what has these programs: " + ", ".join(PROGRAMS)
    )


def path(name: str) -> str:
    """Where a program is; raises with advice when it is not there."""
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(advice())
    return found


def run(name: str, *arguments: object, content: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run one of them to its end, and keep all it says."""
    command = [path(name), *map(str, arguments)]
    return subprocess.run(command, input=content, capture_output=True, check=False)


def said(name: str, *arguments: object, content: bytes | None = None) -> bytes:
    """What it printed; fails with its complaint when it is not content."""
    done = run(name, *arguments, content=content)
    assert done.returncode == 0, (name, arguments, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def main() -> int:
    """Exit status 0 when all of them are there in the end."""
    if missing() and os.getuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write(f"Installing Debian's {', '.join(missing())} ...\n")
        sys.stdout.flush()
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "-y", "install", *missing()]):
            subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, check=False)
    if missing():
        sys.stderr.write(advice() + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
