"""Sound as data: decode whole within limits, soften, outline, silence. NumPy and soundfile; no ORM, no settings."""

from project.sound.apart import DecoderAway, Found, study_apart
from project.sound.decode import CONTENT_TYPES, Info, Recording, decode
from project.sound.limits import BadSound, Fault, Limits
from project.sound.peaks import Waveform
from project.sound.silence import is_silent, silence_spans
from project.sound.study import Study, study

__all__ = [
    "CONTENT_TYPES",
    "BadSound",
    "DecoderAway",
    "Fault",
    "Found",
    "Info",
    "Limits",
    "Recording",
    "Study",
    "Waveform",
    "decode",
    "is_silent",
    "silence_spans",
    "study",
    "study_apart",
]
