"""One pass over a recording at intake: is it whole, what is it, its softened copy and its waveform."""

from dataclasses import dataclass

from project.sound.decode import Recording
from project.sound.found import Info
from project.sound.limits import Limits
from project.sound.peaks import Outline, Waveform
from project.sound.soften import Softener, mono_of


@dataclass(frozen=True, slots=True)
class Study:
    """All that intake derives from a recording. `softened` is a FLAC file."""

    info: Info
    softened: bytes
    waveform: Waveform


def study(data: bytes, limits: Limits) -> Study:
    """Decode once, whole, in blocks. Raises BadSound; what was derived until then is dropped."""
    recording = Recording(data, limits)
    softener = Softener(recording.sample_rate)
    outline = Outline(recording.sample_rate, recording.claimed_frames)
    for block in recording.blocks():
        mono = mono_of(block)
        softener.feed(mono)
        outline.feed(mono)
    return Study(recording.info, softener.flac(), outline.waveform())
