"""Is a file whole? Walks of the five containers, because decoders forgive what an intake must not.

libsndfile plays a WAV that claims 4 GiB and holds 256 bytes, and mpg123 and libvorbis skip what is damaged. Each
walk reads the structure that the format itself offers as proof and raises BadSound otherwise. Nothing is decoded here.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from project.sound.limits import BadSound, Fault

_BITS_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def check_wav(data: bytes) -> None:
    """Every RIFF chunk up to the samples lies inside the file (Microsoft RIFF, 1991)."""
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if at + 8 + size > len(data):
            raise BadSound(Fault.TRUNCATED)
        if name == b"data":
            return
        at += 8 + size + (size & 1)
    raise BadSound(Fault.TRUNCATED)


def check_flac(data: bytes) -> None:
    """STREAMINFO comes first and every metadata block lies inside the file (RFC 9639 section 8)."""
    at, last = 4, False
    while not last:
        if at + 4 > len(data):
            raise BadSound(Fault.TRUNCATED)
        last, size = bool(data[at] & 0x80), int.from_bytes(data[at + 1 : at + 4], "big")
        at += 4 + size
    if at >= len(data):
        raise BadSound(Fault.TRUNCATED)


def flac_promise(data: bytes) -> tuple[int, bytes]:
    """How many samples a channel STREAMINFO promises (0: it doesn't say), and their MD5 (zeros: it doesn't say)."""
    total = int.from_bytes(data[21:26], "big") & 0xFFFFFFFFF
    return total, data[26:42]


def check_ogg(data: bytes) -> None:
    """Every page has its checksum (RFC 3533 section 6), nothing lies between pages, and each stream ends."""
    at, open_streams = 0, set[bytes]()
    while at < len(data):
        page = _ogg_page(data, at)
        serial, flags = page[14:18], page[5]
        if _ogg_checksum(page) != page[22:26]:
            raise BadSound(Fault.MALFORMED)
        open_streams.add(serial)
        if flags & 0x04:
            open_streams.discard(serial)
        at += len(page)
    if open_streams:
        raise BadSound(Fault.TRUNCATED)


def _ogg_page(data: bytes, at: int) -> bytes:
    if data[at : at + 4] != b"OggS":
        raise BadSound(Fault.MALFORMED)
    table = data[at + 27 : at + 27 + data[at + 26]] if at + 27 <= len(data) else b""
    end = at + 27 + len(table) + sum(table)
    if at + 27 > len(data) or len(table) < data[at + 26] or end > len(data):
        raise BadSound(Fault.TRUNCATED)
    return data[at:end]


def _ogg_checksum(page: bytes) -> bytes:
    """CRC-32 with polynomial 0x04C11DB7, neither reflected nor inverted: zlib's, on bytes with their bits reversed."""
    blank = page[:22] + b"\0\0\0\0" + page[26:]
    reflected = zlib.crc32(blank.translate(_BITS_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2).to_bytes(4, "little")


# kbit/s by (MPEG-1?, layer); Hz by version bits; ISO/IEC 11172-3 section 2.4.2.3 and 13818-3.
_RATES_1: Final = {
    1: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_RATES_2: Final = {
    1: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLES_A_SECOND: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def check_mp3(data: bytes) -> None:
    """One MPEG audio frame follows the other from the first to the last byte, tags aside."""
    at, end = _after_id3v2(data), _before_tags(data)
    if at >= end:
        raise BadSound(Fault.TRUNCATED)
    for size in _mp3_frames(data, at, end):
        at += size
    if at > end:
        raise BadSound(Fault.TRUNCATED)


def _mp3_frames(data: bytes, at: int, end: int) -> Iterator[int]:
    while at < end:
        size = _mp3_frame_size(data[at : at + 4])
        if size is None:
            # Encoders pad the end with zeros; anything else between frames is damage.
            if data[at:end].strip(b"\0"):
                raise BadSound(Fault.MALFORMED if end - at > 3 else Fault.TRUNCATED)
            return
        yield size
        at += size


def _mp3_frame_size(head: bytes) -> int | None:
    """Bytes of the frame that starts with these four, or None when no frame does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate_index, hz_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate_index in (0, 15) or hz_index == 3:
        return None
    bits = (_RATES_1 if version == 3 else _RATES_2)[layer][rate_index] * 1000
    hz = _SAMPLES_A_SECOND[version][hz_index]
    if layer == 1:
        return (12 * bits // hz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // hz + padding


def _after_id3v2(data: bytes) -> int:
    at = 0
    while data[at : at + 3] == b"ID3" and at + 10 <= len(data):
        size = data[at + 6] << 21 | data[at + 7] << 14 | data[at + 8] << 7 | data[at + 9]
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
    return at


def _before_tags(data: bytes) -> int:
    end = len(data)
    if end >= 128 and data[end - 128 : end - 125] == b"TAG":
        end -= 128
    if end >= 32 and data[end - 32 : end - 24] == b"APETAGEX":
        size, flags = struct.unpack_from("<I", data, end - 20)[0], struct.unpack_from("<I", data, end - 12)[0]
        end -= size + (32 if flags & 0x80000000 else 0)
    return max(end, 0)


CHECKS: Final[dict[str, Callable[[bytes], None]]] = {
    "wav": check_wav,
    "flac": check_flac,
    "ogg": check_ogg,
    "opus": check_ogg,
    "mp3": check_mp3,
}
