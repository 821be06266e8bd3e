"""The timeline speaks plainly, and has words for every verb."""

import pytest

from escalations.states import VERBS
from escalations.wording import line


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_words_of_its_own(verb):
    assert line(verb, {}) != verb.replace("-", " ").capitalize() or verb == "note"


def test_it_says_how():
    assert line("triage", {"tier": "T0"}) == "Triaged as T0: danger to life now"
    assert line("decide", {"decision": "no_action"}) == "Decided: no action"
    assert line("dismiss-declined", {}) == "A dismissal was declined"
    assert line("evidence-opened", {"exhibit": 1}) == "Evidence was opened: exhibit 1"


def test_a_missed_clock_says_which_and_who_was_told():
    facts = {"clock": "acknowledge", "rung": 2, "audience": "all-supervisors", "told": 3}
    assert line("climbed", facts) == "A clock was missed: acknowledge. Step 2, told: all supervisors (3)"


def test_what_another_part_writes_is_still_readable():
    assert line("export-built", {}) == "Export built"
