"""An export as it lies before a reader: the unpacked folder, or the tar as it came out of the decryption."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from escalations.export.bag import Digest, is_plain

AGE_HEADER = b"age-encryption.org/"
PIECE = 1024 * 1024


class Unreadable(Exception):
    """This is no export, or it is damaged so that nothing in it can be read. The message says which."""


class Archive(Protocol):
    """Files by their path inside the bag."""

    def paths(self) -> list[str]: ...

    def open(self, path: str) -> IO[bytes]: ...


class Folder:
    """An unpacked bag. Links are refused: what they lead to is not in the export."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def paths(self) -> list[str]:
        found = sorted(path for path in self.root.rglob("*") if path.is_symlink() or not path.is_dir())
        for path in found:
            if path.is_symlink() or not path.is_file():
                raise Unreadable(f"{path.relative_to(self.root)} is no ordinary file")
        return [path.relative_to(self.root).as_posix() for path in found]

    def open(self, path: str) -> IO[bytes]:
        return (self.root / path).open("rb")


class Tar:
    """A tar with one bag in it, read in place: nothing is unpacked to a disk."""

    def __init__(self, path: Path) -> None:
        try:
            self._tar = tarfile.open(path, "r:")  # noqa: SIM115 - lives as long as this reader
            members = self._tar.getmembers()
        except tarfile.TarError as error:
            raise Unreadable(f"the tar is damaged: {error}") from error
        self._members: dict[str, tarfile.TarInfo] = {}
        roots = {member.name.partition("/")[0] for member in members}
        if len(roots) != 1:
            raise Unreadable("the tar must hold exactly one folder")
        for member in members:
            self._take(member)

    def _take(self, member: tarfile.TarInfo) -> None:
        path = member.name.partition("/")[2]
        if member.isdir():
            return
        if not member.isreg() or not is_plain(path) or path in self._members:
            raise Unreadable(f"{path} is no ordinary file, or is there twice")
        self._members[path] = member

    def paths(self) -> list[str]:
        return sorted(self._members)

    def open(self, path: str) -> IO[bytes]:
        file = self._tar.extractfile(self._members[path])
        if file is None:
            raise Unreadable(f"{path} cannot be read")
        return file


def open_archive(path: Path) -> Archive:
    """The export at `path`. Raises Unreadable."""
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise Unreadable("there is no such file or folder")
    with path.open("rb") as file:
        if file.read(len(AGE_HEADER)) == AGE_HEADER:
            raise Unreadable("this is still encrypted; decrypt it first: age -d -i KEY FILE > export.tar")
    return Tar(path)


def read(archive: Archive, path: str, most: int = 64 * 1024 * 1024) -> bytes:
    """A document of the bag, whole; empty when it is missing. Raises Unreadable when it is larger than any of ours."""
    if path not in archive.paths():
        return b""
    with archive.open(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Unreadable(f"{path} is too large to be one of ours")
    return content


def digest(archive: Archive, path: str) -> Digest:
    """Size and hashes of one file, in one pass."""
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    with archive.open(path) as file:
        for piece in _pieces(file):
            sha256.update(piece)
            sha512.update(piece)
            size += len(piece)
    return Digest(size, sha256.hexdigest(), sha512.hexdigest())


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
