"""Recordings made for tests: a voice-like tone in every format that is taken, and what must be refused."""

import io
import struct

import numpy as np
import soundfile as sf

WRITTEN_AS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


def tone(seconds: float = 1.0, rate: int = 16_000, level: float = 0.3, hertz: float = 440.0) -> np.ndarray:
    """A tone that swells and ebbs like syllables; mono, full scale 1.0."""
    at = np.arange(int(seconds * rate)) / rate
    return level * np.sin(2 * np.pi * hertz * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * at))


def recording(
    audio_format: str = "wav", seconds: float = 1.0, rate: int = 16_000, channels: int = 1, **how: float
) -> bytes:
    name, subtype = WRITTEN_AS[audio_format]
    samples = np.repeat(tone(seconds, rate, **how)[:, None], channels, axis=1)
    return written(samples, rate, name, subtype)


def written(samples: np.ndarray, rate: int, name: str, subtype: str) -> bytes:
    out = io.BytesIO()
    sf.write(out, samples, rate, subtype=subtype, format=name)
    return out.getvalue()


def wav(*, rate: int = 8_000, claimed: int | None = None, data: bytes = b"\0\1" * 128) -> bytes:
    """A WAV by hand, so that its header can lie."""
    size = len(data) if claimed is None else claimed
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return head + struct.pack("<4sI", b"data", size) + data


def silent_flac(*, frames: int, rate: int, channels: int) -> bytes:
    """A FLAC by hand (RFC 9639): each frame says in some forty bytes that 65,535 samples of every channel are zero.

    Days of silence are made in a moment, so that a bomb can be far heavier than any machine is fast.
    """
    per_frame = 65_535
    described = (rate << 44) | ((channels - 1) << 41) | (15 << 36) | (frames * per_frame)
    head = b"fLaC" + struct.pack(">B3sHH6x", 0x80, b"\0\0\x22", per_frame, per_frame)
    return head + described.to_bytes(8, "big") + bytes(16) + b"".join(_silent(n, channels) for n in range(frames))


def _silent(number: int, channels: int) -> bytes:
    head = b"\xff\xf8\x70" + bytes([(channels - 1) << 4 | 8]) + chr(number).encode() + b"\xff\xfe"
    frame = head + bytes([_crc(head, 8, 0x07)]) + bytes(3 * channels)
    return frame + _crc(frame, 16, 0x8005).to_bytes(2, "big")


def _crc(data: bytes, width: int, polynomial: int) -> int:
    rest = 0
    for byte in data:
        rest ^= byte << (width - 8)
        for _ in range(8):
            rest = (rest << 1) ^ (polynomial if rest >> (width - 1) else 0)
            rest &= (1 << width) - 1
    return rest


def broken() -> dict[str, tuple[bytes, str]]:
    """Name -> (bytes, the fault that must be found)."""
    ogg, flac, mp3 = recording("ogg"), recording("flac"), recording("mp3")
    return {
        "empty": (b"", "empty"),
        "header only, claims samples": (wav(data=b"", claimed=261_908), "truncated"),
        "header only, honest": (wav(data=b""), "no-samples"),
        "zero rate": (wav(rate=0), "malformed"),
        "claims 4 GiB": (wav(claimed=0xFFFF_FFF0), "truncated"),
        "cut in the header": (wav()[:20], "malformed"),
        "cut in the samples": (recording("wav")[:-1000], "truncated"),
        "a page of HTML": (b"<html><body>503 Service Unavailable</body></html>", "not-audio"),
        "text": (b"this is not audio at all. " * 40, "not-audio"),
        "zeros": (bytes(4096), "not-audio"),
        "AIFF": (written(tone(), 16_000, "AIFF", "PCM_16"), "unsupported-format"),
        "Ogg with damaged body": (_damaged(ogg), "malformed"),
        "Ogg cut short": (ogg[: len(ogg) * 2 // 3], "truncated"),
        "Opus with damaged body": (_damaged(recording("opus")), "malformed"),
        "FLAC with damaged body": (_damaged(flac), "malformed"),
        "FLAC cut short": (flac[: len(flac) * 2 // 3], "malformed"),
        "FLAC header alone": (flac[:42], "truncated"),
        "MP3 cut short": (mp3[:-40], "truncated"),
        "MP3 with damaged body": (mp3[:1000] + b"\x55" * 300 + mp3[1300:], "malformed"),
        "NaN samples": (written(np.full(400, np.nan), 8_000, "WAV", "FLOAT"), "malformed"),
        "too many channels": (written(np.zeros((100, 9)), 8_000, "WAV", "PCM_16"), "too-dense"),
        "a rate of 1 Hz": (wav(rate=1), "too-dense"),
    }


def _damaged(data: bytes) -> bytes:
    """Sixteen bytes in the middle overwritten."""
    middle = len(data) // 2
    return data[:middle] + bytes(255 - byte for byte in data[middle : middle + 16]) + data[middle + 16 :]
