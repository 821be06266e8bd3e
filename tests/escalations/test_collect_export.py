"""GET exports/{id}/download/: fetched once, destroyed afterwards."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from escalations.actions.export_downloads import MOST_TRANSFERS, Handout, begin_transfer
from escalations.actions.export_ends import destroy, sweep
from escalations.models import Export
from project import vault
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db


def where(export: Export) -> str:
    return f"/api/v1/exports/{export.pk}/download/"


def collect(client, export: Export) -> bytes:
    return b"".join(client.get(where(export)).streaming_content)


def test_it_hands_out_the_encrypted_file(legal_case, give, legal, api_of):
    export = give(legal_case)
    answer = api_of(legal).get(where(export))
    file = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert answer["Content-Length"] == str(len(file))
    assert answer["Cache-Control"] == "no-store"
    assert f'"{legal_case.number}-{export.pk}.tar.age"' in answer["Content-Disposition"]
    assert hashlib.sha256(file).hexdigest() == export.file_sha256


def test_it_is_collected_with_a_ledger_entry_and_then_destroyed(
    legal_case, give, legal, api_of, django_capture_on_commit_callbacks
):
    export = give(legal_case)
    collect(api_of(legal), export)
    export.refresh_from_db()
    assert (export.state, export.collected_by) == ("collected", legal)
    assert Entry.objects.filter(event="export.collected", actor_id=legal.pk, subject_id=str(export.pk)).exists()
    sweep(clock=timezone.now)
    export.refresh_from_db()
    assert (export.state, export.destroyed_at is not None) == ("collected", True)
    assert vault.is_absent(export.pk, "bag")
    assert vault.key_is_absent(export.pk)


def test_twice_is_once(legal_case, give, legal, other_legal, api_of):
    export = give(legal_case)
    collect(api_of(legal), export)
    for person in (legal, other_legal):
        answer = api_of(person).get(where(export))
        assert (answer.status_code, answer.json()["code"]) == (410, "collected")


def test_it_refuses_post(legal_case, give, legal, api_of):
    assert api_of(legal).post(where(give(legal_case))).status_code == 405


def test_a_stranger_cannot_tell_it_from_nothing(legal_case, give, stranger, supervisor, auditor, api_of):
    export = give(legal_case)
    for person in (stranger, supervisor, auditor):
        assert api_of(person).get(where(export)).status_code == 404
    assert Export.objects.get().transfers == 0


@pytest.mark.parametrize("until", ["proposed", "approved"])
def test_not_before_it_is_ready(legal_case, give, legal, api_of, until):
    answer = api_of(legal).get(where(give(legal_case, until)))
    assert (answer.status_code, answer.json()["code"]) == (409, "not-ready")


def test_a_transfer_that_breaks_off_costs_no_approval(legal_case, give, legal, api_of, now):
    export = give(legal_case)
    handout = Handout(begin_transfer(export.pk, acting_user=legal, now=timezone.now()))
    next(handout)
    handout.close()
    export.refresh_from_db()
    assert export.state == "ready"
    assert Entry.objects.filter(event="export.transfer-interrupted").count() == 1
    assert hashlib.sha256(collect(api_of(legal), export)).hexdigest() == export.file_sha256


def test_but_it_may_break_off_only_so_often(legal_case, give, legal):
    export = give(legal_case)
    for _ in range(MOST_TRANSFERS):
        Handout(begin_transfer(export.pk, acting_user=legal, now=timezone.now())).close()
    from escalations.actions.export_downloads import NoLongerThere

    with pytest.raises(NoLongerThere):
        begin_transfer(export.pk, acting_user=legal, now=timezone.now())


def test_hanging_up_after_the_last_byte_is_collecting_it(legal_case, give, legal):
    export = give(legal_case)
    transfer = begin_transfer(export.pk, acting_user=legal, now=timezone.now())
    handout, got = Handout(transfer), 0
    while got < transfer.reader.size:
        got += len(next(handout))
    handout.close()
    assert Export.objects.get().state == "collected"


def test_never_two_at_once(legal_case, give, legal, other_legal, api_of):
    export = give(legal_case)
    handout = Handout(begin_transfer(export.pk, acting_user=legal, now=timezone.now()))
    answer = api_of(other_legal).get(where(export))
    assert (answer.status_code, answer.json()["code"]) == (409, "being-collected")
    handout.close()


def test_a_server_that_died_while_serving_blocks_nobody_for_long(legal_case, give, legal, other_legal):
    export = give(legal_case)
    dead = Handout(begin_transfer(export.pk, acting_user=legal, now=timezone.now()))
    later = timezone.now() + timedelta(minutes=2)
    begin_transfer(export.pk, acting_user=other_legal, now=later)
    list(dead)  # it comes back to life: it no longer may collect
    assert Export.objects.get().state == "ready"


def test_nobody_collects_what_expired(legal_case, give, legal, api_of):
    export = give(legal_case)
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api_of(legal).get(where(export)).status_code == 410


def test_uncollected_it_is_destroyed_in_time(legal_case, give):
    export = give(legal_case)
    assert not destroy(export.pk, now=timezone.now())
    assert destroy(export.pk, now=timezone.now() + timedelta(days=8))
    export.refresh_from_db()
    assert (export.state, export.ending) == ("destroyed", "not-collected")
    assert vault.is_absent(export.pk, "bag")
    assert Entry.objects.filter(event="export.destroyed", subject_id=str(export.pk)).count() == 1


def test_destroying_twice_is_once(legal_case, give):
    export = give(legal_case)
    late = timezone.now() + timedelta(days=8)
    assert destroy(export.pk, now=late)
    assert not destroy(export.pk, now=late)
    assert Entry.objects.filter(event="export.destroyed").count() == 1


def test_nothing_is_destroyed_while_it_is_handed_out(legal_case, give, legal):
    export = give(legal_case)
    Export.objects.update(expires_at=timezone.now() + timedelta(seconds=30))
    begin_transfer(export.pk, acting_user=legal, now=timezone.now())
    assert not destroy(export.pk, now=timezone.now() + timedelta(seconds=40))
