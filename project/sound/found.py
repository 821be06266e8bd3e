"""What decoding finds of a recording. Without NumPy: web processes hear of recordings and decode none."""

from dataclasses import dataclass
from typing import Final

CONTENT_TYPES: Final = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg; codecs=opus",
    "mp3": "audio/mpeg",
}


@dataclass(frozen=True, slots=True)
class Info:
    """What decoding found. `frames` are samples per channel."""

    audio_format: str
    sample_rate: int
    channels: int
    frames: int
    byte_size: int

    @property
    def duration_ms(self) -> int:
        """Rounded, and at least 1."""
        return max(1, round(self.frames * 1000 / self.sample_rate))
