"""An entry: one INSERT in the caller's transaction, without content."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from project import ledger
from project.ledger.events import Event
from project.ledger.models import Entry, Unsealed

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.django_db
def test_it_writes_who_did_what_to_what_and_when(reviewer):
    entry = ledger.record(Event.CLIP_FLAGGED, actor=reviewer, subject=reviewer, now=NOW, spans=2)
    entry = Entry.objects.get(pk=entry.pk)
    assert (entry.at, entry.event, entry.facts) == (NOW, "clip.flagged", {"spans": 2})
    assert (entry.actor_id, entry.actor_name) == (reviewer.pk, reviewer.email)
    assert (entry.subject_type, entry.subject_id) == ("accounts.user", str(reviewer.pk))


@pytest.mark.django_db
def test_the_service_itself_is_called_system():
    assert ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW).actor_name == "system"


@pytest.mark.django_db
def test_it_is_one_insert():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW)
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_be_outside_a_transaction():
    with pytest.raises(ledger.OutsideTransaction):
        ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_it_goes_with_the_change_that_is_rolled_back():
    with transaction.atomic():
        ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW)
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    assert not Unsealed.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    ["my card is 4111 1111", "ü", "", "x" * 101, 1.5, b"bytes", {"a": 1}, [["nested"]], 2**53, datetime(2026, 1, 1)],
    ids=lambda value: type(value).__name__,
)
def test_it_refuses_what_could_be_content(content):
    with pytest.raises(ledger.ContentInLedger) as refused:
        ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW, fact=content)
    assert "4111" not in str(refused.value)


@pytest.mark.django_db
def test_it_takes_numbers_ids_instants_tokens_and_lists_of_them():
    some_id = uuid.uuid4()
    local = NOW.astimezone(timezone(timedelta(hours=2)))
    facts = ledger.record(
        Event.RECONCILED,
        actor=None,
        subject=None,
        now=NOW,
        a=1,
        b=None,
        c=True,
        d=some_id,
        e=local,
        f=[Event.DISCLOSED],
    ).facts
    assert facts == {
        "a": 1,
        "b": None,
        "c": True,
        "d": str(some_id),
        "e": "2026-03-01T12:00:00.123456Z",
        "f": ["disclosure.recorded"],
    }
