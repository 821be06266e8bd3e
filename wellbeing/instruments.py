"""Check-ins: what is asked, how it is scored, what a score means. Pure.

Two are ours, in our own words and validated by nobody. The published ones ship as scoring and bands only: their item
texts must be exact and are licensed, so an organisation loads them itself (`manage.py load_instrument FILE`).
No score is a diagnosis, and none is read by queue, quota or pace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


class BadAnswers(ValueError):
    """Answers that do not fit; the message names the item, never the answer."""


@dataclass(frozen=True, slots=True)
class Band:
    """Scores up to and including `upto` mean `meaning`."""

    upto: int
    code: str
    meaning: str
    offers_support: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """How a check-in is scored. `items` are the keys of its answers; a reversed item counts from the other end."""

    code: str
    items: tuple[str, ...]
    least: int
    most: int
    bands: tuple[Band, ...]
    title: str = ""
    short: str = ""
    factor: int = 1
    reverse: frozenset[str] = frozenset()
    days_between: int = 0
    source: str = ""

    def score(self, answers: Mapping[str, int]) -> int:
        """Sum of the items, reversed ones turned round, times the factor. Raises BadAnswers."""
        self.check(answers)
        turned = self.least + self.most
        total = sum(turned - answers[item] if item in self.reverse else answers[item] for item in self.items)
        return total * self.factor

    def check(self, answers: Mapping[str, int]) -> None:
        if set(answers) != set(self.items):
            raise BadAnswers(f"answer exactly these: {', '.join(self.items)}")
        for item, answer in answers.items():
            if type(answer) is not int or not self.least <= answer <= self.most:
                raise BadAnswers(f"{item} is a whole number from {self.least} to {self.most}")

    @property
    def greatest(self) -> int:
        return self.most * len(self.items) * self.factor

    def band(self, score: int) -> Band:
        return next(band for band in self.bands if score <= band.upto)


DISTRESS: Final = Scale(
    code="distress",
    short="Distress",
    title="How strong is the distress right now?",
    items=("distress",),
    least=0,
    most=10,
    source="Subjective units of distress (SUDS), self-rated; no validated cut-off exists.",
    bands=(
        Band(3, "low", "You say there is little distress right now."),
        Band(6, "middle", "You say there is some distress. A break is yours whenever you like."),
        Band(
            10,
            "high",
            "You say there is a lot of distress. Nothing happens by itself: if you want somebody to talk to, help is "
            "one click away.",
            offers_support=True,
        ),
    ),
)

DAILY: Final = Scale(
    code="daily",
    short="Daily",
    title="How is today?",
    items=("rested", "carrying", "supported"),
    least=0,
    most=4,
    reverse=frozenset({"carrying"}),
    source="Our own words. Not validated: it is for you to see your days side by side, and measures nothing.",
    bands=(
        Band(4, "low", "A heavy day, by your own account. It can be worth telling somebody.", offers_support=True),
        Band(8, "middle", "A day in between, by your own account."),
        Band(12, "high", "A good day, by your own account."),
    ),
)

DAILY_WORDS: Final = {
    "rested": "I came to work rested.",
    "carrying": "I am carrying something I heard around with me.",
    "supported": "There is somebody here I could talk to.",
}
DAILY_CHOICES: Final = ("not at all", "a little", "half and half", "mostly", "completely")

WHO_5: Final = Scale(
    code="who-5",
    short="WHO-5",
    title="WHO-5 well-being index",
    items=tuple(f"item{number}" for number in range(1, 6)),
    least=0,
    most=5,
    factor=4,
    days_between=14,
    source="WHO-5: raw score 0-25 times 4; 50 or less is low, 28 or less may point to depression.",
    bands=(
        Band(
            28,
            "very_low",
            "This is in the range in which the scale's authors suggest talking to a doctor about low mood. It is no "
            "diagnosis.",
            offers_support=True,
        ),
        Band(50, "low", "This counts as low well-being over the last two weeks.", offers_support=True),
        Band(100, "ordinary", "This is above the range that counts as low well-being."),
    ),
)

PROQOL_STS: Final = Scale(
    code="proqol-sts",
    short="ProQOL STS",
    title="ProQOL 5, secondary traumatic stress",
    items=tuple(f"item{number}" for number in (2, 5, 7, 9, 11, 13, 14, 23, 25, 28)),
    least=1,
    most=5,
    days_between=28,
    source="ProQOL 5, subscale secondary traumatic stress: sum 10-50; 22 or less low, 23-41 moderate, 42 or more high.",
    bands=(
        Band(22, "low", "The scale calls this low."),
        Band(41, "moderate", "The scale calls this moderate."),
        Band(50, "high", "The scale calls this high. It is no diagnosis; help is there.", offers_support=True),
    ),
)

OURS: Final = {scale.code: scale for scale in (DISTRESS, DAILY)}
PUBLISHED: Final = {scale.code: scale for scale in (WHO_5, PROQOL_STS)}
SCALES: Final = OURS | PUBLISHED

RISE_THAT_MATTERS: Final = 3

BEFORE: Final = (
    "Voluntary, every time. Your answer is sealed under a key of your own; no supervisor, moderator or administrator "
    "can read it, unless you share your answers with a counsellor yourself. It never changes what you are given to "
    "do. Once a week it counts in group figures of at least five people, rounded, never alone. It is deleted after 90 "
    "days, or whenever you say so."
)


def rises(score: int, before: int | None) -> bool:
    """A rise in distress of three or more since the last time is worth an offer of support."""
    return before is not None and score - before >= RISE_THAT_MATTERS
