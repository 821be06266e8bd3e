"""One byte range of a sound over HTTP (RFC 9110 section 14)."""

import re
from typing import Final

from django.http import StreamingHttpResponse

from reviews.actions.listening import Sound, Wish

_ONE_RANGE: Final = re.compile(r"bytes=(\d{1,12})?-(\d{1,12})?")


def wish_of(header: str | None) -> Wish | None:
    """The single range of a Range header; None for none, and for what may be ignored: several ranges, other units."""
    found = _ONE_RANGE.fullmatch((header or "").strip().replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = (int(part) if part else None for part in found.groups())
    if first is not None and last is not None and last < first:
        return None
    return Wish(first, last)


def sound_response(sound: Sound, *, is_partial: bool) -> StreamingHttpResponse:
    """Streamed, never kept by anybody on the way, never guessed to be something else."""
    response = StreamingHttpResponse(sound.chunks, status=206 if is_partial else 200, content_type=sound.content_type)
    response["Content-Length"] = str(sound.stop - sound.start)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    if is_partial:
        response["Content-Range"] = f"bytes {sound.start}-{sound.stop - 1}/{sound.size}"
    return response
