"""A shadow as it would be written down: numbers told in words as digits, spelt letters joined.

    "d e eight nine, three seven oh four"  ->  "de893704"
    "twelve maple street"                  ->  "12 maple street"

What is looked for in written text can then be looked for in speech too. Every character knows which stretch of the
shadow it came from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from wellbeing.screening.spans import Span
from wellbeing.screening.spoken import BETWEEN, TENS, TIMES, UNITS

PART = re.compile(r"[a-z]+|\d+|[^a-z\d]+")
ZEROS = {"hundred": "00", "hundert": "00", "thousand": "000", "tausend": "000"}
PAUSE = re.compile(r"[ ,.\-]{1,3}")
LETTER = re.compile(r"[a-z]")


class Piece(NamedTuple):
    """Characters of the written form and the half-open stretch of the shadow that they stand for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Written:
    """`text` is what is searched."""

    text: str
    pieces: list[Piece]

    def back(self, span: Span) -> Span:
        """A span of the written form as one of the shadow."""
        at, starts, ends = 0, [], []
        for piece in self.pieces:
            if at < span.end and at + len(piece.text) > span.start:
                whole = len(piece.text) != piece.end - piece.start
                starts.append(piece.start if whole else piece.start + max(0, span.start - at))
                ends.append(piece.end if whole else piece.start + min(len(piece.text), span.end - at))
            at += len(piece.text)
        return Span(min(starts), max(ends), span.kind)


def written(shadow: str) -> Written | None:
    """The written form, or None when nothing in it is told in words."""
    pieces = list(_joined(_pieces(shadow)))
    text = "".join(piece.text for piece in pieces)
    return None if text == shadow else Written(text, pieces)


def _pieces(shadow: str) -> Iterator[Piece]:
    """Words and what is between them, number words as digits: "double five" is 55, "twenty three" 23, "oh" 0."""
    parts = [Piece(match.group(), *match.span()) for match in PART.finditer(shadow)]
    at = 0
    while at < len(parts):
        piece, used = _number(parts, at)
        yield piece
        at += used


def _number(parts: list[Piece], at: int) -> tuple[Piece, int]:
    """The piece at `at`, and of how many parts it is made."""
    part = parts[at]
    following = parts[at + 2] if at + 2 < len(parts) and PAUSE.fullmatch(parts[at + 1].text) else None
    if part.text in TIMES and following and _digits(following.text):
        return Piece(_digits(following.text) * TIMES[part.text], part.start, following.end), 3
    if part.text in TENS:
        unit = UNITS.get(following.text, "") if following else ""
        if following and len(unit) == 1 and unit != "0":
            return Piece(TENS[part.text] + unit, part.start, following.end), 3
    if following and following.text in ZEROS and len(_digits(part.text)) == 1:
        return Piece(_digits(part.text) + ZEROS[following.text], part.start, following.end), 3
    return Piece(_digits(part.text) or part.text, part.start, part.end), 1


def _digits(word: str) -> str:
    """What a word tells in digits; nothing for every other word."""
    if word in TENS:
        return TENS[word] + "0"
    return word if word.isdigit() else UNITS.get(word, "")


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Without the pauses between digits and between spelt letters, so that a number told is a number written."""
    run: list[Piece] = []  # digits and single letters, and what stands between them
    for piece in pieces:
        if _is_coded(piece) or (run and (PAUSE.fullmatch(piece.text) or piece.text in BETWEEN)):
            run.append(piece)
            continue
        yield from _one_number(run)
        run = []
        yield piece
    yield from _one_number(run)


def _one_number(run: list[Piece]) -> Iterator[Piece]:
    """A run with its pauses left out, but for those around letters that are words: the "e" of "e zero sapte"."""
    coded = [place for place, piece in enumerate(run) if _is_coded(piece)]
    digits = [place for place in coded if run[place].text.isdigit()]
    if len(digits) < 1 or len(coded) < 2:
        yield from run
        return
    before = [place for place in coded if place < digits[0]]
    after = [place for place in coded if place > digits[-1]]
    first = before[-2] if len(before) > 1 else digits[0]  # an account number begins with two letters
    last = after[-1] if len(after) > 1 else digits[-1]
    previous: Piece | None = None
    held: list[Piece] = []
    for place, piece in enumerate(run):
        if not first <= place <= last:
            yield piece
        elif not _is_coded(piece):
            held.append(piece)
        else:
            if previous and not _goes_on(previous, piece):
                yield from held
            held, previous = [], piece
            yield piece


def _is_coded(piece: Piece) -> bool:
    return piece.text.isdigit() or LETTER.fullmatch(piece.text) is not None


def _goes_on(last: Piece, piece: Piece) -> bool:
    """Two numbers that were both written with digits stay apart, as they were written."""
    as_written = len(last.text) == last.end - last.start and len(piece.text) == piece.end - piece.start
    return not (as_written and last.text.isdigit() and piece.text.isdigit())
