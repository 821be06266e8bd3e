"""A BagIt 1.0 bag (RFC 8493) written as a tar stream, with the memory of one chunk.

Nothing is ever laid down on disk in the clear, so the bag cannot be made in place: hashes are taken while the payload
passes, and manifests follow behind it in the archive, which RFC 8493 leaves open.

There are two tag manifests on purpose. `tagmanifest-sha256.txt` lists what exists before signing and is what the
signature and the timestamp cover; `tagmanifest-sha512.txt` comes last and lists the signature and timestamp as well, so
that every file of the bag stands in some manifest.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

BLOCK = 512
PIECE = 64 * 1024
END = bytes(2 * BLOCK)
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SIGNED_MANIFEST = "tagmanifest-sha256.txt"
LAST_MANIFEST = "tagmanifest-sha512.txt"
PAYLOAD_MANIFESTS = ("manifest-sha256.txt", "manifest-sha512.txt")


class WrongSize(Exception):
    """A file turned out longer or shorter than its tar header had promised."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What was written under one name: size in bytes, hashes in lower-case hex."""

    size: int
    sha256: str
    sha512: str


class BagStream:
    """One bag on its way out. Each method yields the archive's next bytes; `written` knows what has passed and
    `signed_manifest` what the signature and the timestamp have to cover.

    Call order: `add` for every payload file and tag file, `manifests`, `add` of the seals, `end`.
    """

    def __init__(self, root: str, at: datetime) -> None:
        self.root = root
        self.written: dict[str, Digest] = {}
        self.signed_manifest = b""
        self._mtime = int(at.timestamp())

    def add(self, path: str, size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Header, content and padding of one file. Raises WrongSize when the content does not keep to `size`."""
        if path in self.written:
            raise ValueError("a file may stand only once in a bag")
        yield self._header(path, size)
        sha256, sha512, seen = hashlib.sha256(), hashlib.sha512(), 0
        for chunk in pieces(chunks):
            seen += len(chunk)
            if seen > size:
                raise WrongSize(path)
            sha256.update(chunk)
            sha512.update(chunk)
            yield chunk
        if seen != size:
            raise WrongSize(path)
        if padding := -size % BLOCK:
            yield bytes(padding)
        self.written[path] = Digest(size, sha256.hexdigest(), sha512.hexdigest())

    def add_bytes(self, path: str, content: bytes) -> Iterator[bytes]:
        """A file that is small enough to be at hand whole."""
        return self.add(path, len(content), (content,))

    def manifests(self, info: dict[str, str]) -> Iterator[bytes]:
        """Declaration, bag-info, payload manifests, then the tag manifest that is to be signed."""
        payload = [digest for path, digest in self.written.items() if is_payload(path)]
        oxum = {"Payload-Oxum": f"{sum(digest.size for digest in payload)}.{len(payload)}"}
        yield from self.add_bytes("bagit.txt", DECLARATION)
        yield from self.add_bytes("bag-info.txt", bag_info(info | oxum))
        for path in PAYLOAD_MANIFESTS:
            yield from self.add_bytes(path, self._manifest(path, payload=True))
        self.signed_manifest = self._manifest(SIGNED_MANIFEST, payload=False)
        yield from self.add_bytes(SIGNED_MANIFEST, self.signed_manifest)

    def end(self) -> Iterator[bytes]:
        """The tag manifest over everything, and the archive's end."""
        yield from self.add_bytes(LAST_MANIFEST, self._manifest(LAST_MANIFEST, payload=False))
        yield END

    def _manifest(self, name: str, *, payload: bool) -> bytes:
        algorithm = name.removesuffix(".txt").rpartition("-")[2]
        lines = [
            f"{getattr(digest, algorithm)}  {path}\n"
            for path, digest in sorted(self.written.items())
            if is_payload(path) == payload and not path.startswith("tagmanifest-")
        ]
        return "".join(lines).encode()

    def _header(self, path: str, size: int) -> bytes:
        if not is_plain(path):
            raise ValueError("a bag's paths are plain and relative")
        member = tarfile.TarInfo(f"{self.root}/{path}")
        member.size, member.mtime, member.mode = size, self._mtime, 0o644
        return member.tobuf(tarfile.USTAR_FORMAT)


def pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of at most PIECE, none of them empty."""
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            yield bytes(chunk[start : start + PIECE])


def is_payload(path: str) -> bool:
    """Whether a path belongs to the payload (RFC 8493 section 2.1.2)."""
    return path.startswith("data/")


def is_plain(path: str) -> bool:
    """A relative POSIX path without dots, drives or line breaks, so no reader can be led astray."""
    parts = PurePosixPath(path).parts
    return bool(parts) and path == "/".join(parts) and ".." not in parts and path.isprintable() and "\\" not in path


def bag_info(fields: dict[str, str]) -> bytes:
    """bag-info.txt, one line a field (RFC 8493 section 2.2.2). Line breaks in a value would forge a field."""
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields.items()).encode()
