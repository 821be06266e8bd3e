"""Three questions lead to a tier, and not knowing never makes a case less urgent."""

from itertools import product

import pytest

from escalations.states import Tier
from escalations.tree import Answer, Answers, tier_of

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE


@pytest.mark.parametrize(
    "danger, offence, ongoing, tier",
    [
        (YES, NO, NO, Tier.T0),
        (UNSURE, NO, NO, Tier.T0),
        (NO, YES, YES, Tier.T1),
        (NO, YES, UNSURE, Tier.T1),
        (NO, UNSURE, NO, Tier.T2),
        (NO, YES, NO, Tier.T2),
        (NO, NO, YES, Tier.T3),
        (NO, NO, NO, Tier.T3),
    ],
)
def test_the_tree(danger, offence, ongoing, tier):
    assert tier_of(Answers(danger, offence, ongoing)) == tier


@pytest.mark.parametrize("answers", list(product(Answer, repeat=3)))
def test_unsure_counts_as_yes(answers):
    sure = [YES if answer is UNSURE else answer for answer in answers]
    assert tier_of(Answers(*answers)) == tier_of(Answers(*sure))
