"""Data keys: made before anything is sealed, gone before anything else is deleted."""

from __future__ import annotations

import uuid

import pytest
from django.db import connections, transaction

from project import vault
from project.vault import keystore, tombstones
from project.vault.models import DataKey, ShreddedKey
from tests.vault.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_key_is_wrapped_and_comes_back(ring, object_id):
    handle = vault.create_key(object_id, "clip")
    row = DataKey.objects.get(pk=object_id)
    assert bytes(vault.data_key(object_id)) == bytes(handle.key)
    assert (row.key_id, row.kind, row.master_version) == (handle.key_id, "clip", 1)
    assert bytes(handle.key) not in bytes(row.wrapped)
    assert vault.key_id(object_id) == handle.key_id


def test_nothing_that_prints_shows_a_key(ring, object_id):
    handle = vault.create_key(object_id, "clip")
    for shown in (repr(handle), str(handle), repr(vault.data_key(object_id)), repr(DataKey.objects.get())):
        assert bytes(handle.key).hex() not in shown
        assert repr(bytes(handle.key))[2:-1] not in shown


def test_an_object_gets_one_key(ring, object_id):
    vault.create_key(object_id, "clip")
    with pytest.raises(vault.KeyExists):
        vault.create_key(object_id, "clip")


def test_many_are_made_at_the_price_of_one_and_each_is_another(ring, django_assert_num_queries):
    ids = [uuid.uuid4() for _ in range(20)]
    with django_assert_num_queries(5, using="keys"):  # savepoint, shredded ones, master key, insert, release
        handles = vault.create_keys(ids, "clip")
    assert set(handles) == set(ids)
    assert len({bytes(handle.key) for handle in handles.values()}) == 20
    assert all(bytes(vault.data_key(one)) == bytes(handles[one].key) for one in ids)


def test_of_many_all_are_made_or_none(ring, object_id):
    vault.create_key(object_id, "clip")
    with pytest.raises(vault.KeyExists):
        vault.create_keys([uuid.uuid4(), object_id], "clip")
    vault.shred_key(object_id, now=NOW)
    with pytest.raises(vault.KeyGone):
        vault.create_keys([uuid.uuid4(), object_id], "clip")
    assert not DataKey.objects.exists()


def test_an_unknown_kind_is_refused(ring, object_id):
    with pytest.raises(ValueError, match="thing"):
        vault.create_key(object_id, "thing")


@pytest.mark.parametrize("column", ["kind", "object_id", "master_version"])
def test_a_row_copied_elsewhere_does_not_unwrap(ring, object_id, column):
    """What wraps a key binds its object, its kind and its master version."""
    vault.create_key(object_id, "clip")
    ring.create_master(2)
    moved = {"kind": "case", "object_id": uuid.uuid4(), "master_version": 2}[column]
    DataKey.objects.update(**{column: moved})
    with pytest.raises(vault.Tampered):
        vault.data_key(DataKey.objects.get().pk)


@pytest.mark.django_db(transaction=True)
def test_a_key_commits_at_once_and_outlives_a_rollback_of_the_main_database(object_id):
    with transaction.atomic():
        vault.create_key(object_id, "clip")
        assert not vault.key_is_absent(object_id), "committed already, as a fresh connection sees"
        transaction.set_rollback(True)
    assert vault.data_key(object_id)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_a_transaction_of_the_key_store(object_id):
    with transaction.atomic(using="keys"):
        with pytest.raises(vault.InsideKeysTransaction):
            vault.create_key(object_id, "clip")
        with pytest.raises(vault.InsideKeysTransaction):
            vault.shred_key(object_id, now=NOW)
    assert vault.key_is_absent(object_id)


@pytest.mark.django_db(transaction=True)
def test_a_shredded_key_is_gone_for_everybody(object_id):
    handle = vault.create_key(object_id, "clip")
    wrapped_by = DataKey.objects.get(pk=object_id).master_version
    receipt = vault.shred_key(object_id, now=NOW)
    assert (receipt.key_id, receipt.master_version, receipt.shredded_at) == (handle.key_id, wrapped_by, NOW)
    assert vault.key_is_absent(object_id)
    assert tombstones.contains(object_id)
    with pytest.raises(vault.KeyGone):
        vault.data_key(object_id)


def test_shredding_twice_gives_the_same_receipt(ring, object_id):
    vault.create_key(object_id, "clip")
    assert vault.shred_key(object_id, now=NOW) == vault.shred_key(object_id, now=NOW)
    assert (ring.folder / tombstones.NAME).read_text().count(str(object_id)) == 1


def test_shredding_what_never_was_is_said(ring, object_id):
    with pytest.raises(vault.KeyGone):
        vault.shred_key(object_id, now=NOW)


def test_a_shredded_object_never_gets_another_key(ring, object_id):
    vault.create_key(object_id, "clip")
    vault.shred_key(object_id, now=NOW)
    with pytest.raises(vault.KeyGone):
        vault.create_key(object_id, "clip")


def test_many_are_shredded_at_the_price_of_one(ring, django_assert_num_queries):
    ids = [vault.create_key(uuid.uuid4(), "clip").object_id for _ in range(20)]
    never = uuid.uuid4()
    with django_assert_num_queries(5, using="keys"):  # savepoint, live ones, delete, receipts, release
        receipts = vault.shred_keys([*ids, never], now=NOW)
    assert set(receipts) == set(ids)
    assert vault.keys_present(ids) == set()


@pytest.mark.django_db(transaction=True)
def test_the_tombstone_lies_before_the_key_goes(object_id, monkeypatch):
    """Killed between the two, a replay finishes the shred."""
    vault.create_key(object_id, "clip")
    monkeypatch.setattr(keystore, "_delete", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        vault.shred_key(object_id, now=NOW)
    monkeypatch.undo()
    assert tombstones.contains(object_id)
    assert keystore.replay(now=NOW) == 1
    assert vault.key_is_absent(object_id)


@pytest.mark.django_db(transaction=True)
def test_a_restored_key_store_forgets_no_erasure(object_id):
    vault.create_key(object_id, "clip")
    before = DataKey.objects.get(pk=object_id)
    vault.shred_key(object_id, now=NOW)
    ShreddedKey.objects.all().delete()
    before.save(force_insert=True)  # the old backup, restored
    assert vault.data_key(object_id)
    assert keystore.replay(now=NOW) == 1
    assert vault.key_is_absent(object_id)
    assert keystore.replay(now=NOW) == 0


def test_a_tombstone_cut_short_by_a_crash_harms_no_other(ring, object_id):
    tombstones.add(object_id, NOW)
    with (ring.folder / tombstones.NAME).open("ab") as file:
        file.write(b'{"at": "2026-03-01T12:00')
    other = uuid.uuid4()
    tombstones.add(other, NOW)
    assert tombstones.all() == {object_id: NOW, other: NOW}
    assert (ring.folder / tombstones.NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
def test_absence_is_asked_of_the_database_and_not_of_an_old_snapshot(object_id):
    """A transaction of ours that began before sees the key for ever; the verifier must not ask there."""
    vault.create_key(object_id, "clip")
    with transaction.atomic(using="keys"):
        with connections["keys"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM vault_datakey")
        other = connections["keys"].copy()
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM vault_datakey WHERE object_id = %s", [object_id])
        other.close()
        assert DataKey.objects.filter(pk=object_id).exists()
        assert vault.key_is_absent(object_id)
