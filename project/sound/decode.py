"""Decoding a recording from its first sample to its last, in blocks, within limits. What it is, decoding decides."""

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from project.sound.containers import CHECKS, check_ogg, flac_promise
from project.sound.found import Info
from project.sound.limits import BadSound, Fault, Limits

Samples = NDArray[np.float32]
Whole = NDArray[np.int16]
BLOCK: Final = 1 << 17  # frames; at 8 channels 4 MiB of float32

# libsndfile's name of what it opened -> ours. Anything else it can read (AIFF, CAF, SDS...) is not taken.
_FORMATS: Final = {
    ("WAV", ""): "wav",
    ("WAVEX", ""): "wav",
    ("FLAC", ""): "flac",
    ("OGG", "VORBIS"): "ogg",
    ("OGG", "OPUS"): "opus",
    ("MP3", ""): "mp3",
}


class Recording:
    """An opened recording. Iterate `blocks()` to its end: only then `info` exists and the recording is known whole.

    Raises BadSound from the constructor (what it claims) and from `blocks` (what it holds).
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data, self._limits = data, limits
        _check_bytes(data, limits)
        self._file = _open(data)
        self.audio_format, self.subtype = _format_of(self._file), str(self._file.subtype)
        self.sample_rate, self.channels = int(self._file.samplerate), int(self._file.channels)
        self.claimed_frames = int(self._file.frames)
        self.frames = 0
        self._check_claims()
        CHECKS[self.audio_format](data)

    def blocks(self) -> Iterator[Samples]:
        """Float blocks of shape (frames, channels), full scale 1.0; once."""
        digest = _FlacDigest(self._data, self._file) if self.audio_format == "flac" else None
        with self._file:
            while len(read := self._read()):
                self.frames += len(read)
                self._check_progress()
                if digest is not None:
                    digest.add(read)
                yield _as_float(read)
        self._check_whole()
        if digest is not None:
            digest.check(self.frames)

    @property
    def info(self) -> Info:
        return Info(self.audio_format, self.sample_rate, self.channels, self.frames, len(self._data))

    def _read(self) -> Samples | Whole:
        """What is stored as 16 bit whole numbers is read as such, three times as fast; the rest as float32, which
        holds 24 bits exactly."""
        try:
            kind = "int16" if self.subtype == "PCM_16" else "float32"
            block: Samples | Whole = self._file.read(BLOCK, dtype=kind, always_2d=True)
        except (sf.SoundFileError, RuntimeError) as error:
            raise BadSound(Fault.MALFORMED) from error
        if block.dtype == np.float32 and not np.isfinite(block).all():
            raise BadSound(Fault.MALFORMED)
        return block

    def _check_claims(self) -> None:
        limits = self._limits
        if not limits.min_rate <= self.sample_rate <= limits.max_rate or not 1 <= self.channels <= limits.max_channels:
            raise BadSound(Fault.TOO_DENSE)

    def _check_progress(self) -> None:
        if self.frames * 1000 > self._limits.max_ms * self.sample_rate:
            raise BadSound(Fault.TOO_LONG)
        if self.frames * self.channels > self._limits.max_samples:
            raise BadSound(Fault.TOO_DENSE)

    def _check_whole(self) -> None:
        if self.frames == 0:
            raise BadSound(Fault.NO_SAMPLES)
        if self.frames < self.claimed_frames:
            raise BadSound(Fault.TRUNCATED)


class _FlacDigest:
    """The MD5 that STREAMINFO promises over the unencoded samples (RFC 9639 section 8.2); libsndfile never looks."""

    def __init__(self, data: bytes, file: sf.SoundFile) -> None:
        self._total, self._md5 = flac_promise(data)
        self._bits = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}.get(file.subtype, 0)
        self._hash = hashlib.md5(usedforsecurity=False)

    def add(self, block: Samples | Whole) -> None:
        if not self._bits or not any(self._md5):
            return
        if block.dtype == np.int16:
            self._hash.update(block.astype("<i2", copy=False).data)
            return
        whole = np.rint(block.astype(np.float64) * (1 << (self._bits - 1))).astype("<i4")
        width = self._bits // 8
        self._hash.update(whole.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())

    def check(self, frames: int) -> None:
        if self._total and frames != self._total:
            raise BadSound(Fault.TRUNCATED)
        if self._bits and any(self._md5) and self._hash.digest() != self._md5:
            raise BadSound(Fault.MALFORMED)


def _as_float(block: Samples | Whole) -> Samples:
    """Full scale 1.0, as libsndfile has it: a whole number by 32,768, exactly."""
    samples = block.astype(np.float32, copy=False)
    if samples is not block:
        samples *= np.float32(1 / 32768)
    return samples


def decode(data: bytes, limits: Limits, *taps: Callable[[Samples], None]) -> Info:
    """Decode whole, handing every block to each tap. Raises BadSound."""
    recording = Recording(data, limits)
    for block in recording.blocks():
        for tap in taps:
            tap(block)
    return recording.info


def _check_bytes(data: bytes, limits: Limits) -> None:
    if not data:
        raise BadSound(Fault.EMPTY)
    if len(data) > limits.max_bytes:
        raise BadSound(Fault.TOO_LARGE)


def _open(data: bytes) -> sf.SoundFile:
    try:
        return sf.SoundFile(io.BytesIO(data))
    except (sf.SoundFileError, RuntimeError, ValueError) as error:
        if data[:4] == b"OggS":
            check_ogg(data)  # a cut one is said to be cut
        known = data[:4] in (b"RIFF", b"fLaC", b"OggS")
        raise BadSound(Fault.MALFORMED if known else Fault.NOT_AUDIO) from error


def _format_of(file: sf.SoundFile) -> str:
    found = _FORMATS.get((file.format, "")) or _FORMATS.get((file.format, file.subtype))
    if found is None:
        raise BadSound(Fault.UNSUPPORTED)
    return found
