"""The check-ins that can be given here: ours, and the published ones whose texts the organisation loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wellbeing.instruments import DAILY, DAILY_CHOICES, DAILY_WORDS, DISTRESS, SCALES, Scale
from wellbeing.models import Instrument


@dataclass(frozen=True, slots=True)
class Question:
    """One check-in with its words: item -> text, and a label for each possible answer where there are labels."""

    scale: Scale
    title: str
    items: dict[str, str]
    choices: tuple[str, ...]
    source: str
    terms: str = ""

    @property
    def kind(self) -> str:
        return self.scale.code

    def as_json(self) -> dict[str, Any]:
        scale = self.scale
        return {
            "kind": scale.code,
            "title": self.title,
            "items": self.items,
            "least": scale.least,
            "most": scale.most,
            "origin": self.source,
        }

    @property
    def answers(self) -> list[tuple[int, str]]:
        """Each possible answer with its label."""
        numbers = range(self.scale.least, self.scale.most + 1)
        labels = self.choices or tuple(str(number) for number in numbers)
        return list(zip(numbers, labels, strict=True))


def questions() -> list[Question]:
    loaded = [_loaded(row) for row in Instrument.objects.order_by("title") if row.code in SCALES]
    return [
        Question(
            DISTRESS,
            DISTRESS.title,
            {"distress": "0 is none at all, 10 the strongest you can imagine."},
            (),
            DISTRESS.source,
        ),
        Question(DAILY, DAILY.title, dict(DAILY_WORDS), DAILY_CHOICES, DAILY.source),
        *loaded,
    ]


def _loaded(row: Instrument) -> Question:
    scale = SCALES[row.code]
    source = f"{row.attribution} {scale.source}"
    return Question(scale, row.title, dict(row.items), tuple(row.choices), source, row.terms)
