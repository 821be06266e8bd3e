"""Keys without an owner are shredded after a day, and nothing else is."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from project import vault
from project.vault import owners
from project.vault.actions.orphans import sweep_orphan_keys
from project.vault.models import DataKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def owned(monkeypatch):
    """The ids that somebody owns; every kind asks here."""
    ids: set = set()
    monkeypatch.setattr(owners, "_registered", {})
    owners.register("clip", lambda asked: ids & set(asked))
    return ids


@pytest.fixture
def make(ring, blobs):
    def make(kind: str = "clip", *, age: timedelta) -> uuid.UUID:
        object_id = vault.create_key(uuid.uuid4(), kind).object_id
        vault.put_blob(object_id, "audio", [b"x"])
        DataKey.objects.filter(pk=object_id).update(created_at=timezone.now() - age)
        return object_id

    return make


def test_an_old_key_without_an_owner_goes_with_its_blobs(make, owned):
    orphan = make(age=timedelta(hours=25))
    assert sweep_orphan_keys(now=timezone.now()) == 1
    assert not DataKey.objects.filter(pk=orphan).exists()
    assert vault.is_absent(orphan, "audio")


def test_owned_and_young_keys_stay(make, owned):
    owned.add(make(age=timedelta(days=30)))
    young = make(age=timedelta(hours=23))
    assert sweep_orphan_keys(now=timezone.now()) == 0
    assert set(DataKey.objects.values_list("pk", flat=True)) == {*owned, young}


def test_kinds_that_nobody_declared_are_left_alone(make, owned):
    make("room", age=timedelta(days=30))
    assert sweep_orphan_keys(now=timezone.now()) == 0


def test_twice_is_once(make, owned):
    make(age=timedelta(days=2))
    now = timezone.now()
    assert (sweep_orphan_keys(now=now), sweep_orphan_keys(now=now)) == (1, 0)


def test_it_goes_through_more_than_one_batch(make, owned, monkeypatch):
    monkeypatch.setattr("project.vault.actions.orphans.BATCH", 3)
    owned.update(make(age=timedelta(days=2)) for _ in range(4))
    for _ in range(4):
        make(age=timedelta(days=2))
    assert sweep_orphan_keys(now=timezone.now()) == 4
