"""A flag opens a case: hold, clocks, notices, ledger, all in the flag's own transaction."""

import pytest
from datetime import timedelta

from escalations.access import active_hold_on
from escalations.models import Case, Clock, Hold, Report
from escalations.states import State
from project.notices.models import Notice

pytestmark = pytest.mark.django_db


def test_it_opens_a_case_with_a_number_for_people(report, supervisor, now):
    case = report()
    assert case.number == f"E-{now.year}-0001"
    assert (case.state, case.tier) == ("reported", "T1")


@pytest.mark.parametrize("state", list(State))
def test_a_case_can_be_brought_to_every_state(case, bring, state):
    assert bring(case, state).state == state
