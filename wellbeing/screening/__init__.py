"""Screening of a room's message: what must not be stored is masked, signs of a crisis are seen. Pure, no I/O.

    screen("my card is 4111 1111 1111 1111").text == "my card is [card number removed]"

A message is read in a *shadow*: lower case, without accents, invisible and direction marks, look-alike letters and
foreign digits brought to ASCII. What is found there is cut out of the original at the same place.

It errs towards masking: any run of nine or more digits goes, whatever it is. It cannot know a name, an address that
is told as a story, or a number spread over several messages; moderators and members' reports stand behind it.
"""

from dataclasses import dataclass
from enum import StrEnum

from wellbeing.screening.lines import ask_for_lines, without_lines
from wellbeing.screening.numbers import find_ibans, find_numbers
from wellbeing.screening.shadow import Shadow, shadow_of
from wellbeing.screening.signs import Signs, read_signs
from wellbeing.screening.spans import Kind, Span, merged, without
from wellbeing.screening.spoken import find_spoken, is_counting
from wellbeing.screening.told import written
from wellbeing.screening.words import find_words

__all__ = ["Kind", "Level", "Screened", "Sign", "Span", "ask_for_lines", "find_told", "screen"]

MAX_PASSES = 3


class Level(StrEnum):
    """How soon a moderator has to look: red within 3 minutes, yellow within 15."""

    RED = "red"
    YELLOW = "yellow"


class Sign(StrEnum):
    """Why a message is held before anybody sees it (never for distress itself)."""

    ENCOURAGEMENT = "encouragement"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class Screened:
    """`text` as it may be stored; `masked` the kinds that were cut out, in order of appearance."""

    text: str
    masked: tuple[Kind, ...] = ()
    crisis: Level | None = None
    hold: Sign | None = None
    quoted: bool = False


def screen(text: str) -> Screened:
    """Mask `text` and read its signs. Masking is repeated until it finds nothing more, so the result screens clean."""
    shadow = shadow_of(text)
    signs: Signs = read_signs(shadow.text)
    masked: list[Kind] = []
    for _ in range(MAX_PASSES):
        spans = find_spans(shadow)
        if not spans:
            break
        masked += [span.kind for span in spans]
        text = cut_out(text, shadow, spans)
        shadow = shadow_of(text)
    return Screened(
        text,
        tuple(masked),
        crisis=Level(signs.level) if signs.level else None,
        hold=Sign(signs.hold) if signs.hold else None,
        quoted=signs.quoted,
    )


def find_spans(shadow: Shadow) -> list[Span]:
    """Everything to mask, in order and without overlaps, as positions in the shadow.

    A crisis line stands for itself, and digits that belong to a link, a reference or an international account number
    are not asked what else they may be.
    """
    text = without_lines(shadow.text)
    named = merged([*find_words(text), *find_ibans(text)])
    rest = without(text, named)
    return merged([*named, *find_numbers(rest), *find_spoken(rest)])


def cut_out(text: str, shadow: Shadow, spans: list[Span]) -> str:
    """The original with each span of its shadow replaced by the words that say what was there."""
    parts: list[str] = []
    kept_to = 0
    for span in spans:
        start, end = shadow.original(span.start, span.end)
        parts += [text[kept_to:start], span.kind.placeholder]
        kept_to = end
    return "".join([*parts, text[kept_to:]])


def find_told(text: str) -> list[Span]:
    """What of this kind somebody says in `text`, written or told in words, as positions in `text` itself.

    For transcripts, where nothing is masked. Numbers told one digit after the other are looked at as numbers too:
    which of them may be a phone number or an account shows only then.
    """
    shadow = shadow_of(text)
    spans = find_spans(shadow)
    told = written(shadow.text)
    if told is not None:
        whole = [told.back(span) for span in find_spans(Shadow(told.text, None))]
        # Part of an account number may look like a card of its own.
        parts = [one for one in spans if not any(of.start <= one.start and one.end <= of.end for of in whole)]
        spans = merged([*parts, *whole])
    found = [span for span in spans if not is_counting(shadow.text[span.start : span.end])]
    return [Span(*shadow.original(span.start, span.end), span.kind) for span in found]
