"""What a thief with a copy of everything can open after an erasure, and after the ring has rotated: nothing."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from project import vault
from project.vault import crypto
from project.vault.actions.rotation import rotate
from project.vault.errors import Tampered, VaultError
from project.vault.keys import Key
from project.vault.ring import KeyRing, current_ring
from project.vault.wrapping import unwrap
from reviews.actions.certificates import certify_beyond_recovery
from reviews.actions.erasures import erase
from reviews.erasure_states import Stage
from reviews.models import Clip
from tests.faults.in_the_clear import data_folders
from tests.reviews.erasing import TRANSCRIPT, ordered, sealed_clip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Stolen:
    """A copy of the main database's row and of the blob, taken before the erasure."""

    clip_id: UUID
    sealed_transcript: bytes
    sealed_audio: bytes

    def opens_with(self, key: Key) -> bool:
        """Does any of the stolen ciphertext open with this key?"""
        for part, sealed in (
            ("field:clip.sealed_transcript", self.sealed_transcript),
            ("blob:audio", self.sealed_audio),
        ):
            if _opens(key, self.clip_id, part, sealed):
                return True
        return False


def _opens(key: Key, object_id: UUID, part: str, sealed: bytes) -> bool:
    try:
        crypto.open_bytes(key, object_id, part, sealed)
    except Tampered:
        return False
    return True


Rows = list[tuple[UUID, bytes, str, int]]


@pytest.fixture
def audio():
    return bytes(range(256)) * 40


@pytest.fixture
def clip(now, audio):
    sealed_clip(now)  # somebody else's clip lives on throughout
    return sealed_clip(now, audio=audio)


@pytest.fixture
def stolen(clip):
    blob = next(Path(settings.VAULT_URL).rglob(f"{clip.pk}.audio")).read_bytes()
    return Stolen(clip.pk, bytes(Clip.objects.get(pk=clip.pk).sealed_transcript), blob)


def dump_of_key_store() -> Rows:
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT object_id, wrapped, kind, master_version FROM vault_datakey")
        return [(row[0], bytes(row[1]), row[2], row[3]) for row in cursor.fetchall()]


def keys_in(rows: Rows, ring: KeyRing) -> list[Key]:
    """Every data key that this ring gets out of these rows, each tried under each master key."""
    found = []
    for object_id, wrapped, kind, version in rows:
        for number in ring.versions():
            try:
                found.append(unwrap(ring.master(number), wrapped, object_id=object_id, kind=kind, version=version))
            except VaultError:
                continue
    return found


def lingers_in_files(wrapped: bytes) -> bool:
    """Is this wrapped key still somewhere in PostgreSQL's own files: dead rows, WAL?"""
    return any(
        wrapped in path.read_bytes()
        for folder in data_folders()
        for path in folder.rglob("*")
        if path.is_file() and ("pg_wal" in path.parts or "base" in path.parts)
    )


def test_before_the_erasure_the_thief_could_open_it(clip, stolen):
    """The control: the copies are whole, and with the key store and the ring of that day they open."""
    assert any(stolen.opens_with(key) for key in keys_in(dump_of_key_store(), current_ring()))


def test_a_dump_of_the_key_store_taken_after_the_erasure_opens_nothing(clip, stolen, now):
    erase(ordered(clip, now).pk, now=now)
    after = dump_of_key_store()
    keys = keys_in(after, current_ring())
    assert keys, "other clips live on, and their keys do unwrap"
    assert not any(stolen.opens_with(key) for key in keys)
    assert clip.pk not in {row[0] for row in after}


def test_what_lingers_in_the_key_stores_own_files_dies_with_the_rotation(clip, stolen, now, tmp_path):
    row = next(row for row in dump_of_key_store() if row[0] == clip.pk)
    erasure = ordered(clip, now)
    erase(erasure.pk, now=now)
    assert lingers_in_files(row[1]), "a deleted row's bytes stay in WAL or a dead row: that is why the ring rotates"
    assert any(stolen.opens_with(key) for key in keys_in([row], current_ring())), "and until then they unwrap"
    rotate(now=now + timedelta(days=7), backups=tmp_path / "backups")
    assert keys_in([row], current_ring()) == []
    assert not any(stolen.opens_with(key) for key in keys_in(dump_of_key_store(), current_ring()))


def test_a_backup_of_the_key_store_from_before_opens_nothing_after_the_rotation(clip, stolen, now):
    backup = dump_of_key_store()
    erase(ordered(clip, now).pk, now=now)
    rotate(now=now + timedelta(days=7))
    assert not any(stolen.opens_with(key) for key in keys_in(backup, current_ring()))


def test_the_second_certificate_comes_with_the_rotation_and_not_before(clip, now):
    erasure = ordered(clip, now)
    erase(erasure.pk, now=now)
    assert certify_beyond_recovery(now=now) == 0
    rotate(now=now + timedelta(days=7))
    assert certify_beyond_recovery(now=now + timedelta(days=7)) == 1
    assert erasure.certificates.filter(stage=Stage.BEYOND_RECOVERY).count() == 1


def test_the_living_stay_readable_through_the_rotation(clip, audio, now):
    rotate(now=now)
    assert vault.open_text(clip.pk, "clip.sealed_transcript", clip.sealed_transcript) == TRANSCRIPT
    with vault.open_blob(clip.pk, "audio") as reader:
        assert reader.read() == audio


def test_a_ring_that_was_copied_before_still_opens_which_is_why_its_backups_expire(clip, stolen, now, tmp_path):
    """Said plainly: a thief who also kept the old ring can open the old copies until that backup expires."""
    row = next(row for row in dump_of_key_store() if row[0] == clip.pk)
    shutil.copytree(settings.KEYRING, tmp_path / "ring")
    erase(ordered(clip, now).pk, now=now)
    rotate(now=now + timedelta(days=7))
    assert any(stolen.opens_with(key) for key in keys_in([row], KeyRing(tmp_path / "ring")))


def test_every_version_stolen_from_a_bucket_opens_no_more(bucket, settings, audio, now):
    settings.VAULT_URL = bucket.url
    clip, other = sealed_clip(now, audio=audio), sealed_clip(now)
    rows = dump_of_key_store()
    versions = [(name.rpartition(".")[2], content.partition(b"\0")[2]) for name, content in bucket.content()]

    def opened(keys):
        return {part for part, sealed in versions for key in keys if _opens(key, clip.pk, f"blob:{part}", sealed)}

    assert opened(keys_in(rows, current_ring())) == {"audio", "softened", "peaks"}, "the control"
    erase(ordered(clip, now).pk, now=now)
    assert not any(str(clip.pk) in name for name, _ in bucket.versions())
    assert vault.parts(other.pk), "somebody else's is there"
    assert opened(keys_in(dump_of_key_store(), current_ring())) == set()
    rotate(now=now + timedelta(days=7))
    assert opened(keys_in(rows, current_ring())) == set(), "nor with a backup of the key store from before"
