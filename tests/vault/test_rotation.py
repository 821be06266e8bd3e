"""Rotation: every live key is wrapped anew, the old master key goes, and nothing stops meanwhile."""

from __future__ import annotations

import errno
import os
import threading
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from project import vault
from project.vault import owners
from project.vault.actions import rotation
from project.vault.actions.rotation import RotationRunning, is_due, rotate
from project.vault.backup import BadBackup, open_every_key, write_backup
from project.vault.errors import RingFault, Tampered
from project.vault.models import DataKey, MasterKey
from project.vault.registration import ring_faults
from project.vault.tasks import rotate_master_key
from tests.vault.conftest import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=7)


@pytest.fixture
def keys(ring):
    return {
        handle.object_id: bytes(handle.key) for handle in (vault.create_key(uuid.uuid4(), "clip") for _ in range(25))
    }


def opened(keys) -> dict:
    return {object_id: bytes(vault.data_key(object_id)) for object_id in keys}


def test_every_key_still_opens_and_the_old_master_key_is_gone(ring, keys):
    done = rotate(now=LATER)
    assert (done.version, done.rewrapped, done.destroyed) == (2, 25, [1])
    assert ring.versions() == [2]
    assert opened(keys) == keys
    assert set(DataKey.objects.values_list("master_version", flat=True)) == {2}
    assert MasterKey.objects.get(pk=1).destroyed_at == LATER
    assert ring_faults() == []


def test_a_wrapped_key_kept_from_before_opens_no_more(ring, keys):
    old = DataKey.objects.first()
    rotate(now=LATER)
    DataKey.objects.filter(pk=old.pk).update(wrapped=old.wrapped, master_version=1)
    with pytest.raises(RingFault):
        vault.data_key(old.pk)
    DataKey.objects.filter(pk=old.pk).update(master_version=2)
    with pytest.raises(Tampered):
        vault.data_key(old.pk)


def test_new_keys_are_wrapped_by_the_new_master_key(ring, keys):
    rotate(now=LATER)
    vault.create_key(object_id := uuid.uuid4(), "clip")
    assert DataKey.objects.get(pk=object_id).master_version == 2


def test_what_was_shredded_is_beyond_recovery_once_its_master_key_is_destroyed(ring, keys):
    receipt = vault.shred_key(next(iter(keys)), now=NOW)
    assert vault.beyond_recovery(receipt.master_version) is None
    rotate(now=LATER)
    assert vault.beyond_recovery(receipt.master_version) == LATER
    assert vault.beyond_recovery(2) is None


@pytest.fixture
def many(ring, monkeypatch):
    """Keys on several pages of the table, taken a page at a time."""
    monkeypatch.setattr(rotation, "PAGES", 1)
    made = vault.create_keys([uuid.uuid4() for _ in range(150)], "clip")
    return {object_id: bytes(handle.key) for object_id, handle in made.items()}


def test_it_reports_its_progress(ring, many):
    seen = []
    rotate(now=LATER, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 2
    assert seen[-1] == (150, 150)
    assert seen == sorted(seen)


def test_each_row_is_rewritten_in_the_page_where_it_lies(ring, many):
    """Half of each page is free for that (migration 0002): no index is touched, a third of the WAL is written."""
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT 'fillfactor=50' = ANY(reloptions) FROM pg_class WHERE relname = 'vault_datakey'")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT pg_relation_size('vault_datakey')")
        before = cursor.fetchone()
        rotate(now=LATER)
        cursor.execute("SELECT pg_relation_size('vault_datakey')")
        assert cursor.fetchone() == before


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", ["_rewrap_all", "_rewrap", "_destroy_older"])
def test_killed_anywhere_the_next_run_finishes(ring, many, monkeypatch, step):
    real, calls = getattr(rotation, step), []

    def killed(*args):
        calls.append(args)
        if step != "_rewrap" or len(calls) == 2:
            raise Killed
        return real(*args)

    monkeypatch.setattr(rotation, step, killed)
    with pytest.raises(Killed):
        rotate(now=LATER)
    assert opened(many) == many
    assert ring_faults() == []
    assert rotation.to_rewrap()["master_keys"] == 2
    monkeypatch.setattr(rotation, step, real)
    done = rotate(now=LATER)
    assert (done.version, done.destroyed, ring.versions()) == (2, [1], [2])
    assert rotation.to_rewrap() == {"to_rewrap": 0, "master_keys": 1}
    assert opened(many) == many


def test_killed_between_the_file_and_its_row_it_uses_that_file(ring, keys):
    ring.create_master(2)
    made = bytes(ring.master(2))
    assert rotate(now=LATER).version == 2
    assert bytes(ring.master(2)) == made
    assert opened(keys) == keys


def test_killed_after_the_old_file_went_the_row_still_learns(ring, keys, monkeypatch):
    rotate(now=LATER)
    MasterKey.objects.filter(pk=1).update(destroyed_at=None)
    assert [fault for fault in ring_faults() if "master-0001" in fault] == []
    assert rotate(now=LATER).destroyed == [1]
    assert opened(keys) == keys


def test_an_old_master_key_that_a_row_needs_is_never_destroyed(ring, keys, monkeypatch):
    monkeypatch.setattr(rotation, "_rewrap_all", lambda *args: 0)
    with pytest.raises(BadBackup, match="another master key"):
        rotate(now=LATER)
    monkeypatch.setattr(rotation, "open_every_key", lambda *args: 0)
    with pytest.raises(RingFault, match="nothing was destroyed"):
        rotate(now=LATER)
    assert ring.versions() == [1, 2]
    assert opened(keys) == keys


def test_killed_while_the_old_key_is_overwritten_nobody_reads_half_a_key(ring, keys, monkeypatch):
    from project.vault import ring as ring_module

    real = ring_module.os.fsync
    calls = []

    def killed(descriptor):
        calls.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        if ".destroyed" in calls[-1]:
            raise Killed
        real(descriptor)

    monkeypatch.setattr(ring_module.os, "fsync", killed)
    with pytest.raises(Killed):
        rotate(now=LATER)
    assert ring.versions() == [2], "out of reach before the first byte of it changed"
    assert opened(keys) == keys
    monkeypatch.setattr(ring_module.os, "fsync", real)
    assert rotate(now=LATER).destroyed == [1]
    assert [name for name in os.listdir(ring.folder) if "0001" in name and "master" in name] == []


def test_without_a_place_for_the_backup_nothing_begins(ring, keys, settings):
    settings.KEYSTORE_BACKUPS = ""
    with pytest.raises(RingFault, match="KEYSTORE_BACKUPS"):
        rotate(now=LATER)
    assert ring.versions() == [1]


def test_a_backup_on_a_full_disk_keeps_the_old_master_key_and_says_so(ring, keys, monkeypatch, tmp_path):
    from project.vault import backup

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    real = os.fsync
    monkeypatch.setattr(backup.os, "fsync", lambda fd: full(fd) if "unfinished" in name_of(fd) else real(fd))
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("rotate_master_key", backups=tmp_path / "b", stdout=StringIO(), stderr=StringIO())
    assert ring.versions() == [1, 2]
    assert list((tmp_path / "b").glob("*.tsv")) == []
    monkeypatch.undo()
    rotate(now=LATER, backups=tmp_path / "b")
    assert [path.suffix for path in (tmp_path / "b").iterdir()] == [".tsv"]


def name_of(descriptor):
    return os.readlink(f"/proc/self/fd/{descriptor}")


def test_a_backup_that_still_needs_the_old_master_key_is_none(ring, keys, tmp_path):
    path = write_backup(tmp_path / "b", 1, NOW)
    with pytest.raises(BadBackup, match="another master key"):
        open_every_key(path, ring.master(1), 2)


def test_the_late_one_is_said(ring, keys):
    assert rotation.is_late(NOW + timedelta(days=8)) is None
    assert "nine days" in rotation.is_late(NOW + timedelta(days=10))


def test_whoever_waits_for_the_end_of_a_master_key_is_told_then(ring, keys, monkeypatch):
    told = []
    monkeypatch.setattr(owners, "_waiting", [lambda: told.append(ring.versions())])
    rotate(now=LATER)
    assert told == [[2]]


def test_a_wrong_ring_is_refused_before_anything_is_written(ring, keys):
    (ring.folder / "master-0001.key").write_bytes(b"x" * 32)
    with pytest.raises(RingFault, match="not the one"):
        rotate(now=LATER)
    assert ring.versions() == [1]


def test_a_backup_is_written_and_every_key_in_it_opened_before_the_old_one_goes(ring, keys, tmp_path):
    done = rotate(now=LATER, backups=tmp_path / "backups")
    assert done.backup.stat().st_mode & 0o777 == 0o600
    assert open_every_key(done.backup, ring.master(2), 2) == 25
    again = rotate(now=LATER + timedelta(days=7), backups=tmp_path / "backups")
    assert os.listdir(tmp_path / "backups") == [again.backup.name]


def test_a_backup_that_does_not_open_keeps_the_old_master_key(ring, keys, tmp_path, monkeypatch):
    real = rotation.write_backup

    def cut_short(*args):
        path = real(*args)
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))
        return path

    monkeypatch.setattr(rotation, "write_backup", cut_short)
    with pytest.raises(BadBackup):
        rotate(now=LATER, backups=tmp_path / "backups")
    assert ring.versions() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_reading_making_and_shredding_go_on_meanwhile(settings, tmp_path, transactional_db, monkeypatch):
    monkeypatch.setattr(rotation, "PAGES", 1)
    known = {
        handle.object_id: bytes(handle.key) for handle in (vault.create_key(uuid.uuid4(), "clip") for _ in range(200))
    }
    doomed = list(known)[:50]
    stop, errors, made = threading.Event(), [], {}

    def guarded(act) -> None:
        try:
            while not stop.is_set():
                act()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    def make() -> None:
        handle = vault.create_key(uuid.uuid4(), "clip")
        made[handle.object_id] = bytes(handle.key)

    def read() -> None:
        for object_id in list(known)[50:]:
            assert bytes(vault.data_key(object_id)) == known[object_id]

    def shred() -> None:
        vault.shred_keys(doomed[:1], now=NOW)
        del doomed[:1]

    threads = [threading.Thread(target=guarded, args=(act,)) for act in (make, read, read, shred)]
    for thread in threads:
        thread.start()
    versions = [rotate(now=LATER).version for _ in range(3)]
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert versions == sorted(set(versions))
    assert len(made) > 3
    assert opened(made) == made
    assert vault.keys_present(list(known)[: 50 - len(doomed)]) == set()


@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_are_one(monkeypatch):
    vault.create_key(uuid.uuid4(), "clip")
    refused = []

    def second(*args) -> None:
        with pytest.raises(RotationRunning) as error:
            rotate(now=LATER)
        refused.append(error)

    rotate(now=LATER, progress=second)
    assert len(refused) == 1


def test_it_is_due_after_a_week_or_when_one_was_cut_short(ring, keys):
    assert not is_due(NOW + timedelta(days=6, hours=23))
    assert is_due(LATER)
    rotate(now=LATER)
    assert not is_due(LATER)
    MasterKey.objects.filter(pk=1).update(destroyed_at=None)
    assert is_due(LATER)


def test_the_task_rotates_once_a_week(ring, keys, settings, tmp_path):
    settings.KEYSTORE_BACKUPS = str(tmp_path / "backups")
    rotate_master_key()  # the ring of these tests is months old
    rotate_master_key()
    assert ring.versions() == [2]
    assert len(os.listdir(tmp_path / "backups")) == 1
    assert opened(keys) == keys


def test_the_command_says_what_it_did_and_what_it_rests_on(ring, keys):
    out = StringIO()
    call_command("rotate_master_key", stdout=out, stderr=StringIO())
    assert "25 re-wrapped" in out.getvalue()
    assert "master key 1 destroyed" in out.getvalue()
    assert "backups of the key ring must expire too" in out.getvalue()


def test_the_command_says_what_is_wrong(ring, keys):
    (ring.folder / "index.key").unlink()
    with pytest.raises(CommandError, match=r"index\.key"):
        call_command("rotate_master_key", stdout=StringIO(), stderr=StringIO())
