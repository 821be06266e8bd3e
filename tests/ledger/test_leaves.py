"""The canonical bytes of an entry."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest
import rfc8785
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from project import ledger
from project.ledger import tree
from project.ledger.events import Event
from project.ledger.leaves import leaf_bytes
from project.ledger.models import Entry
from project.ledger.proofs import bytes_of

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
values = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), texts)
facts = st.dictionaries(names, values | st.lists(values, max_size=3), max_size=6)


@given(
    row=st.tuples(
        texts, texts, texts, st.none() | texts, texts, texts, texts, st.builds(json.dumps, facts), texts
    )
)  # fmt: skip
def test_they_are_what_rfc_8785_asks_for_whatever_the_columns_hold(row):
    written = leaf_bytes(*row)
    said = json.loads(written)
    assert written == rfc8785.dumps(said)
    assert [said["id"], said["at"], said["event"], said["actor_id"], said["actor_name"]] == list(row[:5])
    assert [said["subject_type"], said["subject_id"], said["facts"]] == [*row[5:7], json.loads(row[7])]


def test_the_salt_keeps_equal_entries_apart():
    same = ("1", "2026-01-01T00:00:00.000000Z", "clip.flagged", None, "system", "", "", "{}")
    assert leaf_bytes(*same, "aa") != leaf_bytes(*same, "bb")


@pytest.mark.django_db
def test_postgresql_spells_an_entry_as_we_do(reviewer):
    """What is hashed is what was recorded: instants in UTC with six digits, ids in lower case, the salt in hex."""
    at = datetime(2026, 3, 1, 12, 0, 0, 120, tzinfo=UTC)
    some_id = uuid.uuid4()
    with transaction.atomic():
        entry = ledger.record(
            Event.CLIP_FLAGGED, actor=reviewer, subject=reviewer, now=at, b=some_id, aa=[1, None], c=True
        )
    written = leaf_bytes(*tree.texts_of([entry.pk])[entry.pk])
    assert written == bytes_of(Entry.objects.get(pk=entry.pk))
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
