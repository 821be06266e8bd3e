"""Where in a recording critical data may be told, guessed from its machine transcript: help, never a decision. Pure.

What is found, and where in the text, comes from the screening of rooms. When it is said is a guess: transcripts carry
no times, so the place in the text, by how long letters and digits take to say, is laid over the stretches of the
recording in which somebody speaks. People talk faster and slower, so the guess is widened, and the page says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Final

from wellbeing.screening import Kind, find_told

CATEGORIES: Final[Mapping[Kind, str]] = {
    Kind.PAYMENT_CARD: "payment_card",
    Kind.BANK_ACCOUNT: "bank_account",
    Kind.CREDENTIAL: "credential",
    Kind.EMAIL: "email",
    Kind.PHONE: "phone",
    Kind.ADDRESS: "address",
    Kind.PERSONAL_NUMBER: "other",
    Kind.NUMBER: "other",
}
MOST: Final = 20
# How long a character takes to say, in letters of running text: "4" is said as a word, a comma is a breath.
_DIGIT, _LETTER, _SPACE, _STOP = 4.5, 1.0, 0.4, 3.0
_QUIET: Final = 0.12  # of the loudest speech; below it nobody speaks
_NOISE: Final = 3  # of 127: less is the recorder's own hiss
_UNSURE: Final = 0.05  # of all the speech, and a little more: by so much the guess is widened on either side
_UNSURE_MS: Final = 250


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`start`, `end`: characters (code points) of the transcript, half-open. `start_ms`, `end_ms`: the guess, within
    the recording."""

    category: str
    start: int
    end: int
    start_ms: int
    end_ms: int

    def within(self, duration_ms: int) -> "Suggestion":
        """The same with its guess cut to the recording, and never empty."""
        start = max(0, min(self.start_ms, duration_ms - 1))
        return replace(self, start_ms=start, end_ms=max(start + 1, min(self.end_ms, duration_ms)))

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def suggest(transcript: str, peaks: Sequence[int], duration_ms: int) -> list[Suggestion]:
    """In the order of the text, at most 20. `peaks`: low, high, low, high... of full scale 127, evenly spaced."""
    found = [span for span in find_told(transcript) if span.kind in CATEGORIES][:MOST]
    if not found:
        return []
    said = [0.0, *accumulate(_takes(char) for char in transcript)]
    clock = SpeechClock(peaks, duration_ms)
    return [
        Suggestion(
            CATEGORIES[span.kind],
            span.start,
            span.end,
            clock.at(said[span.start] / said[-1]) - clock.unsure_ms,
            clock.at(said[span.end] / said[-1]) + clock.unsure_ms,
        ).within(duration_ms)
        for span in found
    ]


def _takes(char: str) -> float:
    if char.isdigit():
        return _DIGIT
    if char.isspace():
        return _SPACE
    return _LETTER if char.isalpha() else _STOP


class SpeechClock:
    """When, in ms, a given share of all that is spoken has been spoken. Silence takes no part of it."""

    def __init__(self, peaks: Sequence[int], duration_ms: int) -> None:
        heights = [high - low for low, high in zip(peaks[::2], peaks[1::2], strict=False)] or [0]
        loudest = sorted(heights)[int(len(heights) * 0.95)]
        floor = max(2 * _NOISE, loudest * _QUIET)
        spoken = [height >= floor for height in heights]
        self._spoken = spoken if any(spoken) else [True] * len(spoken)
        self._step_ms = duration_ms / len(spoken)
        self._all = sum(self._spoken)
        self.unsure_ms = round(_UNSURE_MS + _UNSURE * self._all * self._step_ms)

    def at(self, share: float) -> int:
        """The instant at which `share` (0 to 1; beyond is cut) of the speech is over."""
        wanted, done = max(0.0, min(1.0, share)) * self._all, 0
        for step, speaks in enumerate(self._spoken):
            if done + speaks >= wanted and speaks:
                return round((step + wanted - done) * self._step_ms)
            done += speaks
        return round(len(self._spoken) * self._step_ms)
