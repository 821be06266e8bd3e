"""Byte ranges of sealed audio, served without a copy anywhere (RFC 9110 section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from django.http import StreamingHttpResponse

from project.problems import Refusal


class Reader(Protocol):
    """An open part of the vault, or what stands before one."""

    def read_range(self, start: int, stop: int) -> Iterator[bytes]: ...

    def close(self) -> None: ...


_ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeNotSatisfiable(Refusal):
    status: ClassVar[int] = 416
    code = "range-not-satisfiable"
    title = "This recording has no such range."

    def __init__(self, *, size: int) -> None:
        super().__init__(size=size)
        self.size = size

    def headers(self) -> dict[str, str]:
        """How long the recording is, so that a player can ask again (RFC 9110 section 15.5.17)."""
        return {"Content-Range": f"bytes */{self.size}"}


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes [start, stop) of `size`. `partial` says whether a range was asked for."""

    start: int
    stop: int
    size: int
    partial: bool

    @property
    def length(self) -> int:
        return self.stop - self.start

    def share_ms(self, duration_ms: int) -> int:
        """How much of a recording of this duration the range holds, in milliseconds, rounded up."""
        return -(-self.length * duration_ms // self.size) if self.size else 0


def asked_range(header: str | None, size: int) -> ByteRange:
    """The range that a Range header asks for; all of it without one, or for several ranges or other units, which a
    server may ignore (section 14.2). Raises RangeNotSatisfiable."""
    found = _ONE_RANGE.fullmatch((header or "").replace(" ", ""))
    if not found or found.group(1) == found.group(2) == "":
        return ByteRange(0, size, size, partial=False)
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
        empty = int(last) == 0
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        empty = bool(last) and int(last) < start
    if empty and first:
        return ByteRange(0, size, size, partial=False)
    if empty or start >= size:
        raise RangeNotSatisfiable(size=size)
    return ByteRange(start, stop, size, partial=True)


def stream(reader: Reader, asked: ByteRange, content_type: str) -> StreamingHttpResponse:
    """The bytes as they are decrypted; the reader is closed at the end, however that comes."""
    response = StreamingHttpResponse(
        _pieces(reader, asked), status=206 if asked.partial else 200, content_type=content_type
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(asked.length)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    if asked.partial:
        response["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{asked.size}"
    return response


def _pieces(reader: Reader, asked: ByteRange) -> Iterator[bytes]:
    with closing(reader):
        yield from reader.read_range(asked.start, asked.stop)
