"""What a recording may be at most, and the one error that says why it is none. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Why bytes are not taken as a recording; stable codes, shown to whoever sent them."""

    EMPTY = "empty"
    NOT_AUDIO = "not-audio"
    UNSUPPORTED = "unsupported-format"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    NO_SAMPLES = "no-samples"
    TOO_LARGE = "too-large"
    TOO_LONG = "too-long"
    TOO_DENSE = "too-dense"
    UNDECODABLE = "undecodable"


SAID: Final[dict[Fault, str]] = {
    Fault.EMPTY: "The file is empty.",
    Fault.NOT_AUDIO: "This is not a recording in any format that is taken (WAV, FLAC, Ogg Vorbis, Ogg Opus, MP3).",
    Fault.UNSUPPORTED: "This is audio, but not WAV, FLAC, Ogg Vorbis, Ogg Opus or MP3.",
    Fault.MALFORMED: "The recording is damaged: it cannot be decoded from beginning to end.",
    Fault.TRUNCATED: "The recording is cut short: it claims more than the file holds.",
    Fault.NO_SAMPLES: "The recording holds no sound at all.",
    Fault.TOO_LARGE: "The file is larger than is taken.",
    Fault.TOO_LONG: "The recording is longer than is taken.",
    Fault.TOO_DENSE: "The recording has more channels or samples a second than speech needs.",
    Fault.UNDECODABLE: "The decoder came to an end over this recording, or it took too much time or memory.",
}


class BadSound(ValueError):
    """These bytes are not a recording that can be decoded whole. Carries a fault, never content."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault

    @property
    def said(self) -> str:
        return SAID[self.fault]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one recording. `max_samples` bounds the work of decoding: all channels together, as decoded."""

    max_bytes: int = 50 * 1024 * 1024
    max_ms: int = 30 * 60 * 1000
    min_rate: int = 2_000
    max_rate: int = 192_000
    max_channels: int = 8
    max_samples: int = 30 * 60 * 48_000 * 4
