"""The canonical bytes of an entry."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest
import rfc8785
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from project import ledger
from project.ledger import tree
from project.ledger.events import Event
from project.ledger.leaves import SPELLED, canonical_facts, entry_bytes, hash_spelled, leaf_bytes
from project.ledger.merkle import leaf_hash
from project.ledger.models import Entry
from project.ledger.proofs import bytes_of
from tests.ledger.conftest import unguarded

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
tokens = st.from_regex(r"[A-Za-z0-9_.:+@/=-]{1,20}", fullmatch=True)
values = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), tokens)
facts = st.dictionaries(names, values | st.lists(values, max_size=3), max_size=6)
salts = st.binary(min_size=16, max_size=16)


def as_postgresql(found: dict) -> bytes:
    """A jsonb as text: short keys first, then by bytes; a space after colons and commas."""
    return json.dumps({key: found[key] for key in sorted(found, key=lambda key: (len(key), key))}).encode()


@given(row=st.tuples(texts, texts, texts, st.none() | texts, texts, texts, texts, facts, salts))
def test_they_are_what_rfc_8785_asks_for_whatever_the_columns_hold(row):
    written = entry_bytes(*row)
    said = json.loads(written)
    assert written == rfc8785.dumps(said)
    assert [said["id"], said["at"], said["event"], said["actor_id"], said["actor_name"]] == list(row[:5])
    assert [said["subject_type"], said["subject_id"], said["facts"], said["salt"]] == [*row[5:8], row[8].hex()]


@given(facts=facts)
def test_facts_read_from_postgresql_are_spelled_as_they_were_hashed(facts):
    assert canonical_facts(as_postgresql(facts)) == rfc8785.dumps(facts)


@given(facts=facts, other=st.dictionaries(texts, st.one_of(texts, st.lists(texts), values), max_size=4))
def test_no_other_facts_are_spelled_like_those_that_were_hashed(facts, other):
    """Taking out spaces without parsing must not let something else pass for what was recorded."""
    assert (canonical_facts(as_postgresql(other)) == rfc8785.dumps(facts)) == (other == facts)


@pytest.mark.parametrize("other", [{"a": "b, c"}, {"a": ["b", "c,d"]}, {"a": 'b": "c'}, {"a": "b ,c"}, {"a": 1.0}])
def test_content_slipped_into_the_facts_is_not_spelled_like_a_fact(other):
    for fact in ({"a": "b"}, {"a": ["b", "c"]}, {"a": 1}):
        assert canonical_facts(as_postgresql(other)) != rfc8785.dumps(fact)


def test_the_salt_keeps_equal_entries_apart():
    same = ("1", "2026-01-01T00:00:00.000000Z", "clip.flagged", None, "system", "", "", {})
    assert entry_bytes(*same, b"a" * 16) != entry_bytes(*same, b"b" * 16)


def spelled(entry: Entry) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SPELLED} FROM ledger_entry e WHERE e.id = %s", [entry.pk])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@settings(max_examples=20)
@given(texts=st.tuples(texts, texts, texts, texts), facts=facts)
def test_postgresql_quotes_as_we_do(texts, facts):
    """Whatever stands in a column, PostgreSQL's own spelling of the leaf is the canonical one."""
    event, name, kind, subject = (text[:30] for text in texts)
    at, salt = datetime(2026, 3, 1, tzinfo=UTC), b"s" * 16
    entry = Entry(at=at, event=event, actor_name=name, subject_type=kind, subject_id=subject, facts=facts, salt=salt)
    with transaction.atomic():
        entry.save(force_insert=True)
        assert leaf_bytes(tree.columns_of([entry.pk])[entry.pk]) == bytes_of(entry)
        assert hash_spelled(spelled(entry)) == leaf_hash(bytes_of(entry))
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["2026-03-01 12:00:00+00 BC", "infinity", "12026-03-01 12:00:00+00"])
def test_an_instant_that_another_year_is_spelled_like_is_not_spelled(at):
    entry = Entry(at=datetime(2026, 3, 1, 12, tzinfo=UTC), event="e", facts={}, salt=b"s" * 16)
    entry.save(force_insert=True)
    assert hash_spelled(spelled(entry)) == leaf_hash(bytes_of(entry))
    with unguarded("ledger_entry") as execute:
        execute("UPDATE ledger_entry SET at = %s WHERE id = %s", [at, entry.pk])
    assert spelled(entry) is None


@pytest.mark.django_db
def test_postgresql_spells_an_entry_as_we_do(reviewer):
    """What is hashed is what was recorded: instants in UTC with six digits, ids in lower case, the salt in hex."""
    at = datetime(2026, 3, 1, 12, 0, 0, 120, tzinfo=UTC)
    some_id = uuid.uuid4()
    with transaction.atomic():
        entry = ledger.record(
            Event.CLIP_FLAGGED, actor=reviewer, subject=reviewer, now=at, b=some_id, aa=[1, None], c=True
        )
    written = leaf_bytes(tree.columns_of([entry.pk])[entry.pk])
    assert written == bytes_of(Entry.objects.get(pk=entry.pk))
    assert entry.commitment == leaf_hash(written)
    assert written == rfc8785.dumps(
        {
            "actor_id": str(reviewer.pk),
            "actor_name": reviewer.email,
            "at": "2026-03-01T12:00:00.000120Z",
            "event": "clip.flagged",
            "facts": {"aa": [1, None], "b": str(some_id), "c": True},
            "format": "earshot-entry-1",
            "id": str(entry.pk),
            "salt": entry.salt.hex(),
            "subject_id": str(reviewer.pk),
            "subject_type": "accounts.user",
        }
    )
