"""Screening: what is masked, what stays, what it costs. The set in data/ is ours; no accuracy follows from it."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellbeing.screening import Kind, screen
from wellbeing.screening.shadow import shadow_of
from wellbeing.screening.signs import key_of
from wellbeing.screening.spans import PLACEHOLDERS

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
CARD = "4111111111111111"
SEPARATORS = ["", " ", "-", ".", "/", "  ", "\u200b", "\u202e", "\u2060", "\u00a0", "–", "\ufe0f\u20e3", ", "]


def lines(name: str) -> list[list[str]]:
    text = (DATA / name).read_text()
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(("kinds", "text"), lines("masks.tsv"), ids=lambda value: value[:40])
def test_it_masks_what_it_should_and_nothing_else(kinds: str, text: str) -> None:
    expected = [] if kinds == "-" else kinds.split("+")
    assert list(screen(text).masked) == expected, screen(text).text


def test_the_set_has_four_hundred_lines_and_its_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours, so the figures say that nothing got worse, and nothing about what people will write."""
    rows = lines("masks.tsv")
    right = {True: 0, False: 0}
    for kinds, text in rows:
        right[kinds == "-"] += list(screen(text).masked) == ([] if kinds == "-" else kinds.split("+"))
    to_mask = sum(kinds != "-" for kinds, _ in rows)
    with capsys.disabled():
        print(f"\nmasks: {right[False]}/{to_mask} masked as named, {right[True]}/{len(rows) - to_mask} left alone")
    assert len(rows) >= 400
    assert sum(right.values()) == len(rows)


def test_what_is_around_stays_word_for_word() -> None:
    assert screen("Ea a zis 4111\u200b 1111 1111 1111, știi?").text == "Ea a zis [card number removed], știi?"
    assert screen("ţară 0722 123 456 şi gata").text == "ţară [phone number removed] şi gata"


@given(st.lists(st.sampled_from(SEPARATORS), min_size=15, max_size=15), st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_card_is_found_however_it_is_set_apart(separators: list[str], before: str, after: str) -> None:
    told = CARD[0] + "".join(gap + digit for gap, digit in zip(separators, CARD[1:], strict=True))
    found = screen(f"{before} : {told} : {after}")
    assert not any(CARD in "".join(filter(str.isdecimal, part)) for part in [shadow_of(found.text).text])


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_stored_screens_clean(text: str) -> None:
    stored = screen(text).text
    assert screen(stored).text == stored


@given(st.text(alphabet="0123456789 -./()+,oOlI\u200b\u0661\uff11", max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_nine_digits_in_a_row_are_ever_stored(text: str) -> None:
    run = longest = 0
    for char in shadow_of(screen(text).text).text:
        run = run + 1 if char.isdigit() else 0
        longest = max(longest, run)
    assert longest < 9


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_that_are_not_masked_themselves(kind: Kind) -> None:
    assert screen(f"so {PLACEHOLDERS[kind]} there").text == f"so {PLACEHOLDERS[kind]} there"


def with_a_match(line: str) -> st.SearchStrategy[tuple[str, str]]:
    """A line of the file of signs and something that it matches, in plain letters."""
    plain = st.characters(codec="ascii", categories=["Ll", "Nd", "Zs"])
    return st.tuples(st.just(line), st.from_regex(line, alphabet=plain))


def best_seconds(text: str) -> float:
    """The best of several tries, in time on the processor: the machine may be busy, the work is the same."""
    best = 1.0
    for _ in range(15):
        started = time.thread_time()
        screen(text)
        best = min(best, time.thread_time() - started)
    return best


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "a.b@", "o1l", "http://", "www.", "one two ", "ro49 ", "a-1", "a.", "str. a b ", "1 a b ", "a "]
)
def test_nothing_that_fits_a_message_takes_long(unit: str) -> None:
    assert best_seconds((unit * 2000)[:2000]) < 0.05


SIGN_LINES = [line for line in (ROOT / "wellbeing/data/signs.txt").read_text().splitlines() if line[:2] == r"\b"]


@given(st.sampled_from([line for line in SIGN_LINES if key_of(line)]).flatmap(with_a_match))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_letters_that_a_line_is_only_tried_with_are_in_all_its_matches(line_and_match: tuple[str, str]) -> None:
    line, match = line_and_match
    assert key_of(line) in match


class TestSigns:
    """Signs of a crisis, against sentences of ours. Some are there because a word list cannot know them."""

    def test_the_figures_do_not_fall(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = [(level, hold, screen(text)) for level, hold, text in lines("signs.tsv")]
        red = [found.crisis == "red" for level, _, found in rows if level == "red"]
        signs = [found.crisis is not None for level, _, found in rows if level != "-"]
        quiet = [found.crisis is None and found.hold is None for level, hold, found in rows if level == hold == "-"]
        held = [found.hold == hold for _, hold, found in rows if hold != "-"]
        with capsys.disabled():
            print(
                f"\nsigns: red {sum(red)}/{len(red)}, any {sum(signs)}/{len(signs)}, held {sum(held)}/{len(held)}, "
                f"ordinary talk left alone {sum(quiet)}/{len(quiet)}"
            )
        assert len(rows) >= 400
        assert sum(red) >= len(red) - 5
        assert sum(signs) >= len(signs) - 10
        assert all(held)
        assert sum(quiet) >= len(quiet) - 2

    def test_distress_is_never_held(self) -> None:
        rows = lines("signs.tsv")
        assert not [text for level, hold, text in rows if level != "-" and hold == "-" and screen(text).hold]

    def test_a_quoted_clip_is_asked_about(self) -> None:
        assert screen("the man in the clip said he wants to die").quoted
        assert not screen("I want to die").quoted

    def test_signs_are_read_before_masking_hides_words(self) -> None:
        found = screen("I want to die, call 0722 123 456")
        assert found.crisis == "red"
        assert found.masked == ("phone",)


def test_a_reference_is_named_as_one_whatever_its_digits_look_like() -> None:
    assert screen("see clip b167454a-b9df-4309-be08-022ab00ab8ed").text == "see clip [reference removed]"
