"""The decision tree of triage: three questions lead to a tier. Pure.

Danger to life now or likely is T0; an offence that goes on, or that concerns a child, T1; one that is past, T2; no
offence, T3. "Unsure" counts as yes: a case is made less urgent by knowing, never by not knowing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from escalations.states import Tier


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Answers:
    """Is life in danger now or likely? Could it be an offence? Does it go on, or concern a child?"""

    danger: Answer
    offence: Answer
    ongoing_or_child: Answer


def tier_of(answers: Answers) -> Tier:
    """The tier that the answers lead to; the first question that says yes decides."""
    if answers.danger is not Answer.NO:
        return Tier.T0
    if answers.offence is Answer.NO:
        return Tier.T3
    return Tier.T2 if answers.ongoing_or_child is Answer.NO else Tier.T1
