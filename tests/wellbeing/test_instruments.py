"""Scoring and bands on worked examples; the wording is a placeholder, because the scales' own is not ours to ship."""

from __future__ import annotations

import pytest

from wellbeing.instruments import DAILY, DISTRESS, PROQOL_STS, SCALES, WHO_5, BadAnswers, Scale, rises


def same(scale: Scale, answer: int) -> dict[str, int]:
    return dict.fromkeys(scale.items, answer)


@pytest.mark.parametrize(
    ("raw", "score", "band"),
    [((0, 0, 0, 0, 0), 0, "very_low"), ((2, 2, 1, 1, 1), 28, "very_low"), ((2, 2, 2, 1, 1), 32, "low"),
     ((3, 3, 3, 2, 1), 48, "low"), ((3, 3, 3, 3, 1), 52, "ordinary"), ((5, 5, 5, 5, 5), 100, "ordinary")],
)  # fmt: skip
def test_who_5(raw: tuple[int, ...], score: int, band: str) -> None:
    answers = dict(zip(WHO_5.items, raw, strict=True))
    assert WHO_5.score(answers) == score
    assert WHO_5.band(score).code == band


@pytest.mark.parametrize(
    ("score", "band"), [(10, "low"), (22, "low"), (23, "moderate"), (41, "moderate"), (42, "high"), (50, "high")]
)
def test_proqol_secondary_stress_bands(score: int, band: str) -> None:
    assert PROQOL_STS.band(score).code == band


def test_proqol_secondary_stress_is_a_sum_of_ten() -> None:
    assert (PROQOL_STS.score(same(PROQOL_STS, 1)), PROQOL_STS.score(same(PROQOL_STS, 5))) == (10, 50)
    assert len(PROQOL_STS.items) == 10


def test_proqol_secondary_stress_on_a_worked_example_with_no_item_reversed() -> None:
    """ProQOL 5 turns round items 1, 4, 15, 17 and 29 only: all of its burnout subscale."""
    answers = dict(zip(PROQOL_STS.items, (1, 2, 3, 4, 5, 1, 2, 3, 4, 5), strict=True))
    assert PROQOL_STS.score(answers) == 30
    assert PROQOL_STS.band(30).code == "moderate"
    assert not PROQOL_STS.reverse
    assert not {f"item{number}" for number in (1, 4, 15, 17, 29)} & set(PROQOL_STS.items)
    assert not WHO_5.reverse


def test_a_reversed_item_counts_from_the_other_end() -> None:
    scale = Scale("x", ("item1", "item4"), 1, 5, DISTRESS.bands, reverse=frozenset({"item4"}))
    assert scale.score({"item1": 5, "item4": 5}) == 6


@pytest.mark.parametrize("scale", SCALES.values(), ids=str)
def test_every_score_falls_into_a_band(scale: Scale) -> None:
    for answer in range(scale.least, scale.most + 1):
        assert scale.band(scale.score(same(scale, answer))).meaning
    assert scale.band(scale.greatest)


@pytest.mark.parametrize(
    "bad", [{}, {"distress": 3, "more": 1}, {"distress": True}, {"distress": "3"}, {"distress": 11}]
)
def test_bad_answers_are_refused(bad: dict) -> None:
    with pytest.raises(BadAnswers):
        DISTRESS.score(bad)


def test_the_daily_one_says_that_nobody_validated_it() -> None:
    assert "Not validated" in DAILY.source


@pytest.mark.parametrize(("now", "before", "told"), [(5, 2, True), (5, 3, False), (5, None, False), (2, 5, False)])
def test_a_rise_of_three_matters(now: int, before: int | None, told: bool) -> None:
    assert rises(now, before) is told
