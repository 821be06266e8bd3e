"""A low-pass that also thins out the samples, and a limiter: NumPy only, block by block."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Mono = NDArray[np.float32]

TELEPHONE_HZ: Final = 3_400  # what telephones pass; sharper sounds above it carry distress more than words
_TRANSITION_HZ: Final = 600
_SPEECH_RATE: Final = 8_000
_AT_ONCE: Final = 32  # outputs of one row of a matrix product; measured: 16 and 64 are slower
# Multiplications of one product: OpenBLAS takes up to 4 x 65,536 in the caller's own thread. More would wake a pool of
# threads that spin for work; a process that takes recordings in has the other cores busy with other recordings.
_ONE_THREAD: Final = 200_000


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
    """Filtering without delay that computes only every `keep`-th sample. Feed blocks, then `flush` once.

    Thirty-two outputs are one product of a stretch of sound with a banded matrix: half the work of an FFT at 16 kHz,
    since what would be thrown away is never computed.
    """

    def __init__(self, rate: int) -> None:
        self._bank, self._taps, self._keep = _bank(rate)
        self._rows = max(1, _ONE_THREAD // self._bank.size)
        # Half a filter of silence before the first sample, so that nothing is delayed.
        self._rest = np.zeros(self._taps // 2, dtype=np.float32)

    def feed(self, block: Mono) -> Mono:
        if self._taps == 1 and self._keep == 1:
            return block
        end = len(self._rest) + len(block)
        ready = max(0, (end - self._taps) // self._keep + 1)
        step, width = _AT_ONCE * self._keep, len(self._bank)
        rows = -(-ready // _AT_ONCE)
        joined = np.zeros(max(rows * step + width, end), dtype=np.float32)
        joined[: len(self._rest)], joined[len(self._rest) : end] = self._rest, block
        self._rest = joined[ready * self._keep : end].copy()
        stretches = sliding_window_view(joined, width)[: rows * step : step]
        out = np.empty((rows, _AT_ONCE), dtype=np.float32)
        for at in range(0, rows, self._rows):
            part = slice(at, at + self._rows)
            np.matmul(np.ascontiguousarray(stretches[part]), self._bank, out=out[part])
        return out.reshape(-1)[:ready]

    def flush(self) -> Mono:
        return self.feed(np.zeros(self._taps // 2, dtype=np.float32))


@lru_cache(maxsize=16)
def _bank(rate: int) -> tuple[Mono, int, int]:
    """The matrix whose column j holds the taps for the j-th kept sample, how many taps, and which samples are kept."""
    taps, keep = low_pass_taps(rate), thinner(rate)
    bank = np.zeros(((_AT_ONCE - 1) * keep + len(taps), _AT_ONCE), dtype=np.float32)
    for column in range(_AT_ONCE):
        bank[column * keep : column * keep + len(taps), column] = taps  # they are symmetric
    return bank, len(taps), keep


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
    if not len(samples) or max(samples.max(), -samples.min()) <= ceiling:
        return samples
    hops = -(-len(samples) // hop)
    padded = np.zeros((hops, hop), dtype=np.float32)
    padded.reshape(-1)[: len(samples)] = samples
    peaks = np.maximum(padded.max(axis=1), -padded.min(axis=1))
    nodes = limiter_gains(peaks.astype(np.float64), ceiling).astype(np.float32)
    ramp = np.arange(hop, dtype=np.float32) / np.float32(hop)
    padded *= nodes[:-1, None] + np.diff(nodes)[:, None] * ramp
    return np.clip(padded, -ceiling, ceiling).reshape(-1)[: len(samples)]
