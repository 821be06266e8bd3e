"""Redacted copies: spans silenced to the sample, with short fades before and after them, in the original's format."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
import soundfile as sf

from project.sound.decode import Recording, Samples
from project.sound.limits import Limits

FADE_MS: Final = 5
LOSSY_INSET_MS: Final = 60
LOSSY_NOISE: Final = 10 ** (-50 / 20)
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


def is_silent(data: bytes, spans_ms: Sequence[tuple[int, int]], limits: Limits) -> bool:
    """Whether a copy, decoded again, has nothing in these spans: exactly nothing where its format loses nothing.

    A lossy copy keeps coding noise, and its encoder may begin some milliseconds late or let a beginning ring ahead: it
    is listened to inside its spans, a fade away from their ends, and may be as loud there as noise at -50 dB. Raises
    BadSound.
    """
    recording = Recording(data, limits)
    lossy = recording.audio_format in _SUBTYPES
    inset = recording.sample_rate * LOSSY_INSET_MS // 1000 if lossy else 0
    spans = [(start + inset, end - inset) for start, end in frames_of(spans_ms, recording.sample_rate)]
    done, energy, heard = 0, 0.0, 0
    for block in recording.blocks():
        for start, end in spans:
            inside = np.asarray(block[max(0, start - done) : max(0, end - done)], dtype=np.float64)
            energy, heard = energy + float(np.square(inside).sum()), heard + inside.size
        done += len(block)
    return energy == 0 if not lossy else energy <= heard * LOSSY_NOISE**2


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
