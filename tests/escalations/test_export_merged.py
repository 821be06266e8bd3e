"""An export and a merge: what was released is what is built, and a merged case is exported whole."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.custody import open_evidence
from escalations.actions.export_builds import build
from escalations.actions.holds import ExportUnderWay
from escalations.actions.merging import merge
from escalations.actions.moves import Words
from escalations.export.verify import verify
from escalations.states import State
from project import vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def duplicate(recorded, other_reviewer, bring, now):
    """A second case about another recording, with legal too."""
    clip, case_id = recorded("call-2"), prepare_case_key()
    with transaction.atomic():
        case = open_case(
            clip.pk, reporter=other_reviewer, category="threat", danger_now=False, start_ms=0, end_ms=500,
            note="the same voices", now=now, case_id=case_id,
        )  # fmt: skip
    return bring(case, State.WITH_LEGAL)


@pytest.fixture
def put_together(legal_case, duplicate, legal, now):
    return lambda: merge(duplicate.pk, Words(into=legal_case.pk, reason="one evening"), acting_user=legal, now=now)


def test_a_merged_case_is_exported_whole(legal_case, duplicate, put_together, legal, give, opened, tmp_path, now):
    open_evidence(duplicate.pk, 1, purpose="is it the same voice", acting_user=legal, now=now)
    put_together()
    export = give(legal_case)
    assert export.state == "ready"
    with vault.open_blob(export.pk, "bag") as reader:
        bag = opened(reader.read(), tmp_path)
    assert verify(bag).findings == []
    files = [path.name for path in bag.rglob("*") if path.is_file()]
    assert {f"E{n:04d}" for n in (1, 2)} == {name[:5] for name in files if name.startswith("E0")}
    custody = (bag / "data/custody.csv").read_text()
    assert "is it the same voice" in custody
    assert all(f"Reporter {n}" in custody for n in (1, 2))
    assert duplicate.number in (bag / "data/timeline.csv").read_text()
    assert export.case.number in (bag / "data/case.jsonld").read_text()


@pytest.mark.parametrize("of, until", [("legal_case", "approved"), ("duplicate", "approved"), ("duplicate", "ready")])
def test_while_either_is_being_exported_they_are_not_merged_and_the_page_says_why(
    request, legal_case, duplicate, legal, give, client_of, of, until
):
    give(request.getfixturevalue(of), until)
    url = reverse("escalations:verb", args=[duplicate.pk, "merge"])
    answer = client_of(legal).post(url, {"into": str(legal_case.pk), "reason": "one evening"})
    assert "n export of" in answer.content.decode()
    duplicate.refresh_from_db()
    assert (duplicate.state, legal_case.exhibits.count()) == (State.WITH_LEGAL, 1)


def test_once_it_is_built_the_case_takes_in_another(legal_case, duplicate, put_together, give):
    export = give(legal_case, "approved")
    with pytest.raises(ExportUnderWay):
        put_together()
    build(export.pk, clock=timezone.now)
    assert put_together().merged_into == legal_case
