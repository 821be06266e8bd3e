"""The canonical bytes of an entry."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from project.ledger.leaves import leaf_bytes

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
facts = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), texts)
instants = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    row=st.tuples(
        st.uuids(),
        instants,
        texts,
        st.none() | st.uuids(),
        texts,
        texts,
        texts,
        st.dictionaries(names, facts | st.lists(facts, max_size=3), max_size=6),
        st.binary(min_size=16, max_size=16),
    )
)
def test_they_are_what_rfc_8785_asks_for(row):
    written = leaf_bytes(*row)
    assert written == rfc8785.dumps(json.loads(written))


def test_the_salt_keeps_equal_entries_apart():
    same = (uuid.UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC), "clip.flagged", None, "system", "", "", {})
    assert leaf_bytes(*same, b"a" * 16) != leaf_bytes(*same, b"b" * 16)
