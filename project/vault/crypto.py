"""How bytes are sealed: AES-256-GCM in frames of 64 KiB under a key made for one part of one object (pure).

    header: b"EAR" version(1) salt(16)                         20 bytes
    frame:  ciphertext of 65,536 bytes + tag(16)               every frame but the last
    last:   ciphertext of 0 to 65,536 bytes + tag(16)          exactly one, empty only when the whole is empty

The frame key and a 7-byte nonce prefix come from HKDF-SHA256 (RFC 5869) over the object's data key, with the
header's random salt and an info that binds format version, object id and part name: bytes moved to another object
or field don't open. The frame nonce is prefix, counter (4 bytes) and a last-frame flag (1 byte), the STREAM
construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015): frames swapped, dropped or cut off don't open either.
A range opens only the frames that it touches; opening a part checks its last frame, which vouches for the length.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from project.vault.errors import Tampered
from project.vault.keys import Key

FRAME: Final = 64 * 1024
TAG: Final = 16
SEALED_FRAME: Final = FRAME + TAG
MAGIC: Final = b"EAR\x01"
SALT: Final = 16
HEADER: Final = len(MAGIC) + SALT
MAX_FRAMES: Final = 2**32

ReadAt = Callable[[int, int], bytes]
"""(offset, length) -> exactly that many sealed bytes, fewer only at the end."""


@dataclass(frozen=True, slots=True)
class _Frames:
    """The cipher of one part: seals and opens its frames by number."""

    cipher: AESGCM = field(repr=False)
    prefix: bytes

    def seal(self, number: int, plain: bytes, *, last: bool) -> bytes:
        return self.cipher.encrypt(self._nonce(number, last), plain, None)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self.cipher.decrypt(self._nonce(number, last), sealed, None)
        except InvalidTag:
            raise Tampered(f"frame {number} does not open") from None

    def _nonce(self, number: int, last: bool) -> bytes:
        return self.prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def _frames(key: Key, object_id: UUID, part: str, salt: bytes) -> _Frames:
    name = part.encode()
    info = b"earshot seal 1\x00" + object_id.bytes + len(name).to_bytes(2, "big") + name
    material = HKDF(SHA256(), 32 + 7, salt, info).derive(bytes(key))
    return _Frames(AESGCM(material[:32]), material[32:])


def _in_frames(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Plaintext cut to frames, each with whether it is the last; one frame is held back to know."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > FRAME:
            yield bytes(waiting[:FRAME]), False
            del waiting[:FRAME]
    yield bytes(waiting), True


def seal(key: Key, object_id: UUID, part: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Sealed bytes of plaintext chunks of any sizes, as they arrive: the header, then one frame at a time."""
    salt = os.urandom(SALT)
    frames = _frames(key, object_id, part, salt)
    yield MAGIC + salt
    for number, (plain, last) in enumerate(_in_frames(chunks)):
        if number >= MAX_FRAMES:
            raise ValueError("too many frames for one part")
        yield frames.seal(number, plain, last=last)


def seal_bytes(key: Key, object_id: UUID, part: str, plain: bytes) -> bytes:
    return b"".join(seal(key, object_id, part, (plain,)))


def plain_size(sealed_size: int) -> int:
    """Plaintext length of a sealed length in bytes. Raises Tampered where no plaintext has that length."""
    body = sealed_size - HEADER
    full, rest = divmod(body, SEALED_FRAME)
    if body < TAG or 0 < rest < TAG or (full and rest == TAG):
        raise Tampered("not a sealed length")
    return body - TAG * (full + bool(rest))


def sealed_size(plain: int) -> int:
    """Sealed length of a plaintext of `plain` bytes."""
    return HEADER + plain + TAG * max(1, -(-plain // FRAME))


class Opened:
    """A sealed part opened for reading by ranges. Making one checks header, length and last frame.

    `read_at` reads sealed bytes; `size` of the constructor is the sealed length, the attribute is the plaintext's.
    """

    def __init__(self, key: Key, object_id: UUID, part: str, read_at: ReadAt, size: int) -> None:
        self.size = plain_size(size)
        self._sealed_size, self._read_at = size, read_at
        self._last = max(0, -(-(size - HEADER) // SEALED_FRAME) - 1)
        header = read_at(0, HEADER)
        if len(header) != HEADER or not header.startswith(MAGIC):
            raise Tampered("not a sealed part")
        self._frames = _frames(key, object_id, part, header[len(MAGIC) :])
        self._frame(self._last)

    def read_range(self, start: int, stop: int) -> Iterator[bytes]:
        """Plaintext of [start, stop) in pieces of at most 64 KiB. Raises ValueError outside the part."""
        if not 0 <= start <= stop <= self.size:
            raise ValueError("range outside the part")
        return self._pieces(start, stop)

    def _pieces(self, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            number, skip = divmod(start, FRAME)
            piece = self._frame(number)[skip : skip + stop - start]
            start += len(piece)
            yield piece

    def _frame(self, number: int) -> bytes:
        sealed = self._read_at(HEADER + number * SEALED_FRAME, SEALED_FRAME)
        return self._frames.open(number, sealed, last=number == self._last)


def open_bytes(key: Key, object_id: UUID, part: str, sealed: bytes) -> bytes:
    """The whole plaintext of sealed bytes. Raises Tampered."""
    opened = Opened(key, object_id, part, lambda offset, length: sealed[offset : offset + length], len(sealed))
    return b"".join(opened.read_range(0, opened.size))
