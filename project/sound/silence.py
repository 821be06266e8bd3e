"""Redacted copies: spans silenced to the sample, with short fades before and after them, in the original's format."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
import soundfile as sf

from project.sound.decode import Recording, Samples
from project.sound.limits import Limits

FADE_MS: Final = 5
_WRITTEN_AS: Final = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "opus": "OGG", "mp3": "MP3"}
_SUBTYPES: Final = {"ogg": "VORBIS", "opus": "OPUS", "mp3": "MPEG_LAYER_III"}


def silence_spans(data: bytes, spans_ms: Sequence[tuple[int, int]], limits: Limits) -> bytes:
    """A copy with these spans (start, end in ms; any order, may overlap) at exactly zero. Raises BadSound.

    Lossy formats are encoded anew, so sound beside a span changes a little; inside it only coding noise is left.
    """
    recording = Recording(data, limits)
    spans = frames_of(spans_ms, recording.sample_rate)
    fade = max(1, recording.sample_rate * FADE_MS // 1000)
    out, done = io.BytesIO(), 0
    with _writer(out, recording) as file:
        for block in recording.blocks():
            file.write(block * _envelope(done, len(block), spans, fade)[:, None])
            done += len(block)
    return out.getvalue()


def frames_of(spans_ms: Sequence[tuple[int, int]], rate: int) -> list[tuple[int, int]]:
    """Spans in frames, rounded outwards, sorted and joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((s * rate // 1000, -(-e * rate // 1000)) for s, e in spans_ms):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _envelope(first: int, count: int, spans: Sequence[tuple[int, int]], fade: int) -> Samples:
    """Gain of frames first..first+count: 0 inside a span, rising linearly over `fade` frames outside it."""
    at = np.arange(first, first + count, dtype=np.float64)
    gain = np.ones(count)
    for start, end in spans:
        if end + fade > first and start - fade < first + count:
            away = np.maximum(start - at, at - (end - 1))
            gain = np.minimum(gain, np.clip(away / fade, 0, 1))
    return gain.astype(np.float32)


def _writer(out: io.BytesIO, recording: Recording) -> sf.SoundFile:
    name = recording.audio_format
    subtype = _SUBTYPES.get(name, recording.subtype)
    return sf.SoundFile(out, "w", recording.sample_rate, recording.channels, subtype, format=_WRITTEN_AS[name])
