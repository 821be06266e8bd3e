"""The softened copy: mono, low-passed, at one loudness, 12 dB down, limited. Never louder than the original.

No controlled study of softened audio exists; this carries over what image studies and practitioners found (first a
gentler version, then the original by choice). It makes no claim about sound levels at the ear.
"""

import io
from typing import Final

import numpy as np
import soundfile as sf

from project.sound.decode import Samples
from project.sound.filters import LowPass, Mono, limit, thinner

SOFTER_DB: Final = -12.0
TARGET_DB: Final = -23.0  # the level of EBU R 128, measured here as gated RMS of the speech band
MOST_LIFT_DB: Final = -SOFTER_DB  # a quiet recording comes up at most as far as the softening takes it down
CEILING: Final = float(10 ** (SOFTER_DB / 20))
HIGHEST_RATE: Final = 16_000
_HOP_SECONDS: Final = 0.01
_FASTEST: Final = 0.0  # the softened copy grows by a tenth at most, and encoding it is a third of an intake's work
_HEADROOM: Final = 2.0  # float recordings and filters overshoot full scale; kept as int16 of half of it


def mono_of(block: Samples) -> Mono:
    """All channels as one."""
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)


class Softener:
    """A tap for `decode`: feed mono blocks, then `flac()`. Holds the thinned-out speech band, at most 58 MB."""

    def __init__(self, rate: int) -> None:
        self._low_pass = LowPass(rate)
        self._rate = rate // thinner(rate)
        self._parts: list[np.ndarray] = []

    def feed(self, mono: Mono) -> None:
        self._keep(self._low_pass.feed(mono))

    def flac(self) -> bytes:
        """The softened copy as FLAC, 16 bit, at most 16 kHz."""
        self._keep(self._low_pass.flush())
        speech, rate = self._speech()
        gain = _gain(speech, rate)
        hop = max(1, int(rate * _HOP_SECONDS))
        out = io.BytesIO()
        with sf.SoundFile(out, "w", rate, 1, "PCM_16", format="FLAC", compression_level=_FASTEST) as file:
            for start in range(0, len(speech), step := hop * 6000):
                # One hop of overlap on either side, so that the limiter's gain is continuous over the seam.
                first = max(0, start - hop)
                part = speech[first : start + step + hop].astype(np.float32)
                part *= np.float32(gain)
                file.write(_as_int16(limit(part, hop, CEILING)[start - first :][:step], 32767))
        return out.getvalue()

    def _keep(self, thinned: Mono) -> None:
        self._parts.append(_as_int16(np.clip(thinned, -_HEADROOM, _HEADROOM), 32767 / _HEADROOM))

    def _speech(self) -> tuple[np.ndarray, int]:
        speech = np.concatenate(self._parts)
        self._parts = []
        if self._rate <= HIGHEST_RATE:
            return speech, self._rate
        at = np.arange(0, len(speech) - 1, self._rate / HIGHEST_RATE)
        return np.interp(at, np.arange(len(speech)), speech).astype(np.int16), HIGHEST_RATE


def _as_int16(samples: Mono, scale: float) -> np.ndarray:
    """Rounded whole numbers, which libsndfile then need not make one by one."""
    scaled = samples * np.float32(scale)
    return np.rint(scaled, out=scaled).astype(np.int16)


def _gain(speech: np.ndarray, rate: int) -> float:
    """What takes int16 speech to the target and 12 dB below it; at most as loud as it came, in samples of 1.0."""
    lift = np.clip(TARGET_DB - gated_level_db(speech, rate), -60.0, MOST_LIFT_DB)
    return float(10 ** ((lift + SOFTER_DB) / 20) * _HEADROOM / 32767)


def gated_level_db(speech: np.ndarray, rate: int) -> float:
    """RMS in dB of full scale over the 400 ms windows that hold speech: those above -60 dB and 10 dB under the mean."""
    window = max(1, int(rate * 0.4))
    count = max(1, len(speech) // window)
    parts = speech[: count * window].astype(np.float32).reshape(count, -1)
    power = np.einsum("ij,ij->i", parts, parts).astype(np.float64) * (_HEADROOM / 32767) ** 2 / max(1, parts.shape[1])
    loud = power[power > 1e-6]
    if not len(loud):
        return TARGET_DB
    kept = loud[loud >= loud.mean() / 10]
    return float(10 * np.log10(kept.mean()))
