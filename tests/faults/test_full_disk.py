"""The blob store and the ring's folder on a file system that is full: what is there stays whole, and all goes on."""

import errno
import shutil
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from project import vault
from project.ledger.models import Entry
from project.vault.actions.orphans import sweep_orphan_keys
from project.vault.blobs import FileStore
from project.vault.models import DataKey
from reviews.actions.erasure_sweeps import sweep
from reviews.actions.erasures import drive, erase
from reviews.erasure_states import ErasureState
from reviews.models import Certificate, Clip
from reviews.states import ClipState
from tests.faults.full_disk import Disk
from tests.faults.test_worker_killed_mid_erasure import assert_done_once
from tests.faults.test_worker_killed_mid_redaction import whole_version_of
from tests.reviews.erasing import key_is_there, ordered, sealed_clip
from tests.sound.recordings import recording

database = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_the_disk(disk, settings):
    """Ring and blob store lie on it."""
    shutil.copytree(configured.KEYRING, disk.folder / "ring")
    settings.KEYRING, settings.VAULT_URL = str(disk.folder / "ring"), str(disk.folder / "vault")
    return disk


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_part_that_does_not_fit_leaves_what_was_and_is_taken_when_there_is_room(disk: Disk):
    store, known, new = FileStore(disk.folder / "blobs"), uuid.uuid4(), uuid.uuid4()
    store.put(known, "audio", [b"first" * 20_000])
    disk.fill()
    with pytest.raises(OSError, match="No space") as refused:
        store.put(known, "audio", [b"other" * 30_000])
    assert refused.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space"):
        store.put_all([(new, "peaks", [b"x"]), (new, "audio", [b"x" * 30_000])])
    assert files(disk.folder / "blobs") == [f"{known}.audio"], "nothing half-written, not even under another name"
    assert store.open(known, "audio").read_at(0, 10) == b"first" * 2
    disk.free()
    store.put(known, "audio", [b"other" * 30_000])
    store.put_all([(new, "audio", [b"x" * 30_000])])
    assert (store.open(known, "audio").size, store.open(new, "audio").size) == (150_000, 30_000)


@database
def test_no_key_goes_without_its_tombstone_and_the_order_is_certified_when_there_is_room(on_the_disk, now):
    """The tombstone's line does not fit: half of it must not count as all of it."""
    erasure, tombstones = ordered(sealed_clip(now), now), Path(configured.KEYRING) / vault.tombstones.NAME
    on_the_disk.pad(tombstones, room=10)
    on_the_disk.fill()
    assert drive(clock=timezone.now).failures
    for minutes in (1, 30):
        erasure.refresh_from_db()
        assert (erasure.state, erasure.last_error_code) == (ErasureState.SHREDDING, "blob-store-or-ring")
        assert key_is_there(erasure.clip_id), "a key without a tombstone would come back with a restore"
        assert not vault.tombstones.contains(erasure.clip_id)
        ahead = timedelta(minutes=minutes)
        assert minutes == 30 or sweep(clock=lambda ahead=ahead: timezone.now() + ahead).failed == 1
    assert Entry.objects.filter(event="erasure.failed").count() == 2, "each failure stands in the ledger"
    on_the_disk.free()
    assert sweep(clock=lambda: timezone.now() + timedelta(minutes=30)).failed == 0
    assert_done_once(erasure)
    assert vault.tombstones.contains(erasure.clip_id)


@database
def test_where_only_the_tombstone_fits_an_erasure_is_certified_and_makes_room(on_the_disk, now):
    erasure, tombstones = ordered(sealed_clip(now), now), Path(configured.KEYRING) / vault.tombstones.NAME
    on_the_disk.pad(tombstones, room=1_000)
    on_the_disk.fill()
    assert not drive(clock=timezone.now).failures
    assert_done_once(erasure)
    assert files(on_the_disk.folder / "vault") == []


@database
def test_a_redaction_keeps_the_whole_version_and_is_done_when_there_is_room(on_the_disk, redaction, now):
    before = whole_version_of(redaction.clip_id)
    on_the_disk.fill()
    assert set(drive(clock=timezone.now).failures) == {redaction.pk}
    redaction.refresh_from_db()
    assert (redaction.state, redaction.last_error_code) == (ErasureState.ORDERED, "blob-store-or-ring")
    assert whole_version_of(redaction.clip_id) == before
    assert not Certificate.objects.exists()
    on_the_disk.free()
    erase(redaction.pk, now=timezone.now() + timedelta(minutes=1))
    redaction.refresh_from_db()
    clip = Clip.objects.get(pk=redaction.clip_id)
    assert (redaction.state, clip.state, clip.version) == (ErasureState.CERTIFIED, ClipState.REVIEWED, 2)
    assert Certificate.objects.count() == 1


@database
def test_a_recording_that_does_not_fit_is_refused_whole_and_taken_when_there_is_room(
    on_the_disk, ingest_service, api_of
):
    api = api_of(ingest_service, scope="ingest")

    def handed_in():
        body = {"audio": SimpleUploadedFile("clip.wav", recording("wav", seconds=2)), "external_ref": "ref-1"}
        return api.post("/api/v1/clips/", body, format="multipart")

    on_the_disk.fill()
    assert handed_in().status_code == 503
    assert not Clip.objects.exists()
    assert files(on_the_disk.folder / "vault") == []
    on_the_disk.free()
    assert handed_in().status_code == 201
    assert whole_version_of(Clip.objects.get().pk)
    assert DataKey.objects.count() == 2, "the first one's key opens nothing and waits for the sweep"
    assert sweep_orphan_keys(now=timezone.now() + timedelta(days=2)) == 1
    assert key_is_there(Clip.objects.get().pk)
