"""Speech for the demo, synthesised when it is seeded: no recording of a person travels with Earshot.

eSpeak NG through ctypes. The library is one per process and not thread-safe; the seeding command is one thread. It is
asked to speak in the caller's own thread: its other modes start a thread of their own, which on a busy machine misses a
wake-up, and then the next call waits for ever inside C, where no signal reaches it.
"""

from __future__ import annotations

import ctypes
import io
from dataclasses import dataclass, field
from typing import Final

import espeakng_loader
import numpy as np
import soundfile
from numpy.typing import NDArray

_IN_THE_CALLERS_THREAD: Final = 2
_POSITION_CHARACTER: Final = 1
_CHARS_UTF8: Final = 1
_RATE, _VOLUME, _PITCH = 1, 2, 3
_CALLBACK: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

# The five encodings that devices hand in, as soundfile spells them: (container, subtype, sampling rate in Hz).
ENCODINGS: Final = {
    "wav": ("WAV", "PCM_16", 16000),
    "flac": ("FLAC", "PCM_16", 16000),
    "ogg": ("OGG", "VORBIS", 16000),
    "opus": ("OGG", "OPUS", 16000),
    "mp3": ("MP3", "MPEG_LAYER_III", 16000),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker: an eSpeak voice name, words a minute, pitch 0-99."""

    name: str
    rate: int = 160
    pitch: int = 50


@dataclass
class Speaker:
    """The synthesiser. Raises RuntimeError when its data cannot be loaded or a voice is unknown."""

    _samples: list[NDArray[np.int16]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate = self._library.espeak_Initialize(_IN_THE_CALLERS_THREAD, 0, data, 0)
        if self._rate <= 0:
            raise RuntimeError("the speech synthesiser could not load its voices")
        self._callback = _CALLBACK(self._collect)  # kept: ctypes does not keep it alive
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, wav: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        if wav and count > 0:
            self._samples.append(np.ctypeslib.as_array(wav, shape=(count,)).copy())
        return 0

    def say(self, text: str, voice: Voice) -> NDArray[np.float32]:
        """`text` in `voice`: mono samples in [-1, 1] at 16 kHz."""
        self._samples = []
        if self._library.espeak_SetVoiceByName(voice.name.encode()):
            raise RuntimeError(f"the synthesiser has no voice {voice.name}")
        self._library.espeak_SetParameter(_RATE, voice.rate, 0)
        self._library.espeak_SetParameter(_PITCH, voice.pitch, 0)
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
        samples = np.concatenate(self._samples) if self._samples else np.zeros(1, np.int16)
        return _resampled((samples / 32768).astype(np.float32), self._rate, 16000)


def _resampled(samples: NDArray[np.float32], have: int, want: int) -> NDArray[np.float32]:
    """Linear: good enough for a demo's speech."""
    length = round(len(samples) * want / have)
    at = np.arange(length) * (have / want)
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


def in_a_room(samples: NDArray[np.float32], seed: int, noise: float = 0.004) -> NDArray[np.float32]:
    """A breath of silence around it and a little hiss, so that it sounds like a microphone across a room."""
    random = np.random.default_rng(seed)
    padded = np.concatenate([np.zeros(4000, np.float32), samples * 0.8, np.zeros(5000, np.float32)])
    return np.clip(padded + random.normal(0, noise, len(padded)).astype(np.float32), -1, 1)


def encoded(samples: NDArray[np.float32], encoding: str) -> bytes:
    """The file that a device would hand in."""
    container, subtype, rate = ENCODINGS[encoding]
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=container, subtype=subtype)
    return buffer.getvalue()
