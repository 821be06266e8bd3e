"""Taking critical data out of a transcript whose words carry no times (pure).

The words of a flagged span are estimated: speech is taken to run evenly over the recording, and the stretch is widened
on both sides, because it never quite does. Whatever else in the text is recognised as a card, an account, a phone
number, a mail address or digits told in words is masked too, wherever it stands.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from wellbeing.screening import find_told

MASK: Final = "[removed]"
# How far the estimate may be wrong: two seconds, or a tenth of the recording, whichever is more.
SLACK_MS: Final = 2_000
SLACK_SHARE: Final = 0.1
_WORD: Final = re.compile(r"\S+")
_DIGITS: Final = re.compile(r"\d[\d .,/-]{2,}\d")


def masked(text: str, spans_ms: Sequence[tuple[int, int]], duration_ms: int) -> str:
    """The text without what was said in these spans of the recording, and without what can be told to be critical."""
    places = [(found.start, found.end) for found in find_told(text)]
    places += [found.span() for found in _DIGITS.finditer(text)]
    slack = max(SLACK_MS, round(duration_ms * SLACK_SHARE))
    for start, end in spans_ms:
        places += _said_in(text, start - slack, end + slack, max(1, duration_ms))
    return _without(text, places)


def _said_in(text: str, start_ms: int, end_ms: int, duration_ms: int) -> Iterable[tuple[int, int]]:
    """Words that may have been said between these times, as positions in the text."""
    length = max(1, len(text))
    for word in _WORD.finditer(text):
        begins, ends = word.start() * duration_ms / length, word.end() * duration_ms / length
        if begins < end_ms and ends > start_ms:
            yield word.span()


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """One mask for each stretch; stretches with nothing but blanks between them are one."""
    kept: list[str] = []
    at = 0
    for start, end in sorted(places):
        if start > at and not (kept and not text[at:start].strip()):
            kept += [text[at:start], MASK]
        elif not kept:
            kept.append(MASK)
        at = max(at, end)
    return "".join(kept) + text[at:]
