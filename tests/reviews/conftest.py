"""A desk to test on: a reviewer on a shift, and clips as the source hands them in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from project.accounts.models import User
from project.ledger.models import Entry
from reviews.actions import leases
from reviews.actions.clips import Handed, ingest_clip
from reviews.actions.shifts import start_shift
from reviews.models import Clip, Lease, Shift
from tests.sound.recordings import recording

Ingest = Callable[..., Clip]


@pytest.fixture
def ingest(db: None, now: datetime) -> Ingest:
    """Hand a real recording in; fields as of the API."""

    def hand_in(audio: bytes | None = None, **fields: Any) -> Clip:
        fields = {"external_ref": uuid4().hex, "locale": "en-US", **fields}
        audio = recording("wav", seconds=2) if audio is None else audio
        return ingest_clip(audio, Handed(**fields), acting_user=None, now=now).clip

    return hand_in


@pytest.fixture
def shift(reviewer: User, now: datetime) -> Shift:
    return start_shift(acting_user=reviewer, now=now)


@pytest.fixture
def other_shift(other_reviewer: User, now: datetime) -> Shift:
    return start_shift(acting_user=other_reviewer, now=now)


@pytest.fixture
def lease(shift: Shift, reviewer: User, ingest: Ingest, now: datetime) -> Lease:
    """One clip of two seconds, with a transcript, on the reviewer's desk."""
    ingest(transcript="turn on the light")
    claimed = leases.claim(acting_user=reviewer, now=now).lease
    assert claimed is not None
    return claimed


@pytest.fixture
def api(reviewer: User, api_of: Callable[..., APIClient]) -> APIClient:
    return api_of(reviewer)


@pytest.fixture
def events(db: None) -> Callable[[], list[str]]:
    """The ledger's events of reviews so far, in order of writing."""

    def names() -> list[str]:
        return list(Entry.objects.order_by("at", "pk").values_list("event", flat=True))

    return names
