"""Finding what is told in a transcript: in words or written, in four languages. The set in data/told.tsv is ours."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellbeing.screening import Kind, find_told
from wellbeing.screening.shadow import shadow_of
from wellbeing.screening.told import written

DATA = Path(__file__).parent / "data" / "told.tsv"
WORDS = [
    "four",
    "one",
    "double",
    "oh",
    "twenty",
    "three",
    "hundred",
    "and",
    ",",
    "d",
    "e",
    "street",
    "maple",
    "12",
    "ß",
]


def lines() -> list[list[str]]:
    return [line.split("\t") for line in DATA.read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(("kinds", "parts", "text"), lines(), ids=lambda value: value[:40])
def test_it_finds_what_is_told_and_where(kinds: str, parts: str, text: str) -> None:
    found = find_told(text)
    assert "+".join(span.kind for span in found) == ("" if kinds == "-" else kinds)
    assert "|".join(text[span.start : span.end] for span in found) == parts


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=300))
def test_every_place_lies_in_the_text_and_in_order(text: str) -> None:
    places = [edge for span in find_told(text) for edge in (span.start, span.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)
    assert all(span.start < span.end for span in find_told(text))


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=300))
def test_the_written_form_knows_where_every_character_came_from(text: str) -> None:
    shadow = shadow_of(text).text
    told = written(shadow)
    if told is None:
        return
    places = [(piece.start, piece.end) for piece in told.pieces]
    assert places == sorted(places)
    assert "".join(piece.text for piece in told.pieces) == told.text


def test_a_number_said_digit_by_digit_is_looked_at_as_a_number() -> None:
    assert [span.kind for span in find_told("zero two zero, seven nine four six, oh nine five eight")] == [Kind.PHONE]
