"""An entry: one INSERT in the caller's transaction, without content."""

from __future__ import annotations

import time
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


@pytest.mark.django_db
def test_many_are_one_insert_too(reviewer, django_assert_num_queries):
    with django_assert_num_queries(1):
        made = ledger.record_many(
            Event.CLIP_FLAGGED,
            actor=reviewer,
            now=NOW,
            entries=[(reviewer, {"n": n}) for n in range(50)] + [(None, {})],
        )
    stored = {entry.pk: entry for entry in Entry.objects.all()}
    assert len(stored) == 51
    for entry in made:
        again = stored[entry.pk]
        assert (again.facts, again.subject_id, again.actor_name) == (entry.facts, entry.subject_id, reviewer.email)
        assert bytes(again.salt) == entry.salt
    assert len({bytes(entry.salt) for entry in stored.values()}) == 51
    assert list(Unsealed.objects.order_by("id").values_list("entry_id", flat=True)) == [entry.pk for entry in made]


@pytest.mark.django_db
def test_none_are_no_insert(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ledger.record_many(Event.RECONCILED, actor=None, now=NOW, entries=[]) == []


@pytest.mark.django_db
def test_one_bad_fact_among_many_writes_nothing():
    with pytest.raises(ledger.ContentInLedger):
        ledger.record_many(
            Event.RECONCILED, actor=None, now=NOW, entries=[(None, {"n": 1}), (None, {"n": "two words"})]
        )
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_outside_a_transaction_are_refused():
    with pytest.raises(ledger.OutsideTransaction):
        ledger.record_many(Event.RECONCILED, actor=None, now=NOW, entries=[(None, {})])


@pytest.mark.django_db
def test_ids_are_in_the_order_of_time():
    first = ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW).pk
    time.sleep(0.002)
    second = ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW).pk
    assert first < second
    assert {one.version for one in (first, second)} == {7}
    assert {one.variant for one in (first, second)} == {uuid.RFC_4122}
