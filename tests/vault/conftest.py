"""A ring, a blob store and a key store of one's own."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from project.vault.models import MasterKey, RingMark
from project.vault.registration import register_ring
from project.vault.ring import KeyRing

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def blobs(settings, tmp_path):
    settings.VAULT_URL = str(tmp_path / "blobs")
    return tmp_path / "blobs"


@pytest.fixture
def ring(settings, tmp_path, db):
    """A new ring, registered with the key store in place of the session's."""
    settings.KEYRING = tmp_path / "ring"
    MasterKey.objects.all().delete()
    RingMark.objects.all().delete()
    ring = KeyRing(tmp_path / "ring")
    register_ring(ring, now=NOW)
    return ring


@pytest.fixture
def object_id():
    return uuid.uuid4()
