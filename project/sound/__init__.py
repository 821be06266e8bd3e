"""Sound as data: decode whole within limits, soften, outline, silence. NumPy and soundfile; no ORM, no settings."""

import os

# Before NumPy is loaded: our matrices are small, and a thread pool per process would only get in the way of others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from project.sound.decode import CONTENT_TYPES, Info, Recording, decode
from project.sound.limits import BadSound, Fault, Limits
from project.sound.peaks import Waveform
from project.sound.silence import is_silent, silence_spans
from project.sound.study import Study, study

__all__ = [
    "CONTENT_TYPES",
    "BadSound",
    "Fault",
    "Info",
    "Limits",
    "Recording",
    "Study",
    "Waveform",
    "decode",
    "is_silent",
    "silence_spans",
    "study",
]
