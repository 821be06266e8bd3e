"""A file system of 4 MB that really is full: a tmpfs in a mount namespace of its own, reached through /proc.

One process holds the namespace for as long as the test lasts; nothing is mounted where anybody else sees it. It takes
user namespaces (which the embedded PostgreSQL needs as root, too) or, as root, the right to mount.
"""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BYTES = 4 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
WAYS = (["unshare", "--user", "--map-root-user", "--mount"], ["unshare", "--mount"])
MOUNTED = f'mount -t tmpfs -o size={BYTES},mode=0700 disk "$0" && echo mounted && exec cat'


class Disk:
    """`folder` lies on it. Full and with room again, as often as a test asks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._ballast = folder, folder / "ballast"

    def fill(self) -> None:
        """Until not another page can be written."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(PAGE))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        self._ballast.unlink()

    def pad(self, path: Path, room: int) -> None:
        """Make the file so long that just `room` bytes of its last page are left; its lines stay what they are."""
        at = path.stat().st_size if path.exists() else 0
        with path.open("ab") as file:
            file.write(b" " * (-(at + 1 + room) % PAGE) + b"\n")


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """The folder as whoever holds the namespace sees it. Fails where there is no way to mount anything."""
    said = []
    for way in WAYS:
        process = subprocess.Popen(
            [*way, "sh", "-c", MOUNTED, folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        if process.stdout.readline() == "mounted\n":
            try:
                yield Path(f"/proc/{process.pid}/root{folder}")
            finally:
                process.communicate()  # its input ends, and with it the namespace
            return
        said.append(process.communicate()[1].strip())
    pytest.fail(f"a small file system can be mounted neither in a user namespace nor as root: {said}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with held(folder) as seen:
        yield Disk(seen)
