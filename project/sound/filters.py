"""A low-pass that also thins out the samples, and a limiter: NumPy only, block by block."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

TELEPHONE_HZ: Final = 3_400  # what telephones pass; sharper sounds above it carry distress more than words
_TRANSITION_HZ: Final = 600
_SPEECH_RATE: Final = 8_000


def thinner(rate: int) -> int:
    """By how much samples may be thinned out so that a whole rate of at least 8 kHz and at most 16 kHz remains.

    1 where no divisor fits: such rates (nothing common) are resampled by `Softener` instead.
    """
    fitting = [by for by in range(rate // _SPEECH_RATE, 0, -1) if rate % by == 0]
    return fitting[0] if fitting and rate // fitting[0] <= 2 * _SPEECH_RATE else 1


def low_pass_taps(rate: int) -> Mono:
    """A Hamming-windowed sinc that passes speech up to 3.4 kHz; a single tap of 1 where the rate holds no more."""
    if rate <= 2 * TELEPHONE_HZ + _TRANSITION_HZ // 2:
        return np.ones(1, dtype=np.float32)
    count = int(3.3 * rate / _TRANSITION_HZ) | 1
    n = np.arange(count) - count // 2
    taps = np.sinc(2 * TELEPHONE_HZ / rate * n) * np.hamming(count)
    return (taps / taps.sum()).astype(np.float32)


class LowPass:
    """Overlap-save filtering without delay, keeping every `keep`-th sample. Feed blocks, then `flush` once."""

    def __init__(self, taps: Mono, keep: int) -> None:
        self._taps, self._keep = taps, keep
        self._history = np.zeros(len(taps) - 1, dtype=np.float32)
        self._skip = len(taps) // 2  # the filter's delay: these outputs belong before the first sample

    def feed(self, block: Mono) -> Mono:
        joined = np.concatenate([self._history, block])
        self._history = joined[len(joined) - len(self._history) :]
        return self._thin(_convolve(joined, self._taps))

    def flush(self) -> Mono:
        return self.feed(np.zeros(len(self._taps) // 2, dtype=np.float32))

    def _thin(self, filtered: Mono) -> Mono:
        kept = filtered[self._skip :: self._keep]
        reach = self._skip + len(kept) * self._keep
        self._skip = max(reach - len(filtered), self._skip - len(filtered))
        return kept


def _convolve(samples: Mono, taps: Mono) -> Mono:
    """`np.convolve(..., "valid")` by FFT: the taps of a high rate are many."""
    valid = len(samples) - len(taps) + 1
    if valid <= 0:
        return samples[:0]
    if len(taps) == 1:
        return samples
    size = 1 << (len(samples) - 1).bit_length()
    product = np.fft.rfft(samples, size) * np.fft.rfft(taps, size)
    return np.fft.irfft(product, size)[len(taps) - 1 : len(samples)].astype(np.float32)


def limiter_gains(peaks: NDArray[np.float64], ceiling: float) -> NDArray[np.float64]:
    """One gain per node between hops so that no interpolated gain lets a hop's peak over the ceiling.

    Node i stands between hop i-1 and hop i and takes the smaller of what both need: within a hop the gain moves
    between its two nodes, and neither exceeds what the hop needs. Shape: len(peaks) + 1.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    padded = np.concatenate([needed[:1], needed, needed[-1:]])
    return np.minimum(padded[:-1], padded[1:])


def limit(samples: Mono, hop: int, ceiling: float) -> Mono:
    """Bring every sample under the ceiling without clipping, by a gain that moves smoothly from hop to hop."""
    hops = -(-len(samples) // hop)
    padded = np.zeros(hops * hop, dtype=np.float32)
    padded[: len(samples)] = np.abs(samples)
    nodes = limiter_gains(padded.reshape(hops, hop).max(axis=1).astype(np.float64), ceiling)
    at = np.arange(len(samples), dtype=np.float64) / hop
    gains = np.interp(at, np.arange(len(nodes)), nodes)
    return np.clip(samples * gains, -ceiling, ceiling).astype(np.float32)
