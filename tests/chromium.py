"""The browser that the browser tests drive: Debian's Chromium, or the one that CHROMIUM names.

`python -m tests.chromium` makes sure there is one: as root on Debian it installs it, elsewhere it says what to
install and fails. No test is skipped for want of a browser.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ADVICE = (
    "The browser tests need Chromium. On Debian: apt-get install chromium (as root `make test` does it itself); "
    "elsewhere install Chromium or Chrome and name it: CHROMIUM=/path/to/chromium make test"
)


def find() -> Path | None:
    """Where the browser is, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def path() -> Path:
    """Where the browser is; raises with advice when there is none."""
    found = find()
    if found is None:
        raise RuntimeError(ADVICE)
    return found


def main() -> int:
    """Exit status 0 when there is a browser in the end."""
    if find() is None and not os.environ.get("CHROMIUM") and os.getuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write("Installing Debian's chromium ...\n")
        sys.stdout.flush()
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "-y", "install", "chromium"]):
            subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, check=False)
    if find() is None:
        sys.stderr.write(ADVICE + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
