"""The greedy listener notices each rule of pace that is missing. If this fails, the properties prove nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.wellbeing.test_pace_properties import GreedyListener
from wellbeing import pace

# Four hours of heavy material in a day are further than 150 short stories reach every time: test_pace.py has that one.
LEFT_OUT = (pace.as_allowed, pace.heavy_day_spent)
RULES = [(kind, rule) for kind in ("REFUSALS", "CEILINGS") for rule in getattr(pace, kind) if rule not in LEFT_OUT]
QUICK = settings(
    max_examples=150,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("kind", "rule"), RULES, ids=[rule.__name__ for _, rule in RULES])
def test_without_this_rule_a_limit_is_passed(kind: str, rule: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, kind, tuple(one for one in getattr(pace, kind) if one is not rule))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(GreedyListener, settings=QUICK)
