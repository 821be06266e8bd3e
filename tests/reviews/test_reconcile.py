"""Stores against database in both directions, and erasures that a restored database forgot."""

import json
import shutil
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from project import vault
from project.ledger.models import Entry
from project.vault.blobs import current_store
from project.vault.models import DataKey
from reviews.actions.erasures import erase
from reviews.actions.reconciliation import forgotten_erasures, reconcile
from reviews.erasure_registrations import stores_reconciled
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Certificate, Clip, Erasure
from reviews.states import ClipState
from tests.reviews.erasing import key_is_there, ordered, sealed_clip, with_own_stores

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_of_others(settings, tmp_path):
    """What other tests of this process left would be looked at as well, one by one."""
    with_own_stores(settings, tmp_path)


def test_with_everything_in_order_it_finds_nothing(now):
    sealed_clip(now)
    erase(ordered(sealed_clip(now), now).pk, now=now)
    found = reconcile(now=now)
    assert found.is_clean
    assert (found.replayed, found.orphans) == (0, 0)
    assert stores_reconciled() is None


def restored(clip, erasure, now):
    """The main database and the blobs as an old backup would bring them back: before the erasure."""
    Certificate.objects.all().delete()
    Erasure.objects.filter(pk=erasure.pk).delete()
    Clip.objects.filter(pk=clip.pk).update(
        **{field.attname: getattr(clip, field.attname) for field in Clip._meta.concrete_fields if not field.generated}
    )
    put_back(clip)


def put_back(clip):
    current_store().put(clip.pk, "audio", [b"ciphertext from the backup"])


def test_what_a_restore_brought_back_is_erased_again(now):
    clip = sealed_clip(now)
    erasure = ordered(clip, now)
    erase(erasure.pk, now=now)
    restored(clip, erasure, now)
    assert forgotten_erasures(now=now) == 1
    later = now + timedelta(days=1)
    assert reconcile(now=later).replayed == 1
    assert forgotten_erasures(now=now) == 0
    again = Erasure.objects.get(clip_id=clip.pk)
    assert (again.state, again.reason) == (ErasureState.CERTIFIED, Reason.RESTORED)
    assert Clip.objects.get(pk=clip.pk).state == ClipState.ERASED
    assert vault.parts(clip.pk) == []
    assert Entry.objects.filter(event="erasure.replayed").count() == 1
    assert Entry.objects.filter(event="ledger.origin-started").count() == 1, "witnesses have seen the old one go on"
    assert reconcile(now=later).replayed == 0


def test_a_ring_put_back_with_the_database_learns_from_the_key_store(now, settings, tmp_path):
    """The newest key store remembers what the ring of that night does not."""
    shutil.copytree(settings.KEYRING, tmp_path / "ring", ignore=shutil.ignore_patterns(vault.tombstones.NAME))
    clip = sealed_clip(now)
    erasure = ordered(clip, now)
    erase(erasure.pk, now=now)
    restored(clip, erasure, now)
    settings.KEYRING = tmp_path / "ring"
    assert forgotten_erasures(now=now) == 1, "not ready before"
    assert reconcile(now=now + timedelta(days=1)).replayed == 1
    assert (Clip.objects.get(pk=clip.pk).state, vault.parts(clip.pk)) == (ClipState.ERASED, [])
    assert forgotten_erasures(now=now) == 0


def test_a_newer_copy_of_the_tombstones_is_taken_over(now, tmp_path):
    """The ring was put back from a backup: nothing but the copy knows that this clip was erased."""
    clip, copy = sealed_clip(now), tmp_path / "tombstones.jsonl"
    copy.write_text(json.dumps({"at": now.isoformat(), "object": str(clip.pk)}) + "\n")
    assert forgotten_erasures(now=now) == 0
    call_command("reconcile", f"--tombstones={copy}", stdout=StringIO())
    assert Clip.objects.get(pk=clip.pk).state == ClipState.ERASED
    assert vault.tombstones.contains(clip.pk)
    with pytest.raises(CommandError, match="nothing can be said"):
        call_command("reconcile", f"--tombstones={tmp_path / 'none'}", stdout=StringIO())


def test_keys_and_bytes_without_a_clip_are_swept_after_a_day(now):
    orphan = uuid.uuid4()
    vault.create_key(orphan, "clip")
    vault.put_blob(orphan, "audio", [b"x" * 100])
    assert reconcile(now=now).orphans == 0
    assert key_is_there(orphan)
    assert reconcile(now=now + timedelta(days=2)).orphans == 1
    assert not key_is_there(orphan)
    assert vault.parts(orphan) == []


def test_bytes_that_no_key_opens_and_no_clip_claims_are_deleted(now):
    nobodys = uuid.uuid4()
    current_store().put(nobodys, "audio", [b"ciphertext"])
    kept = uuid.uuid4()
    vault.create_key(kept, "case")
    vault.put_blob(kept, "report", [b"a case's own"])
    assert reconcile(now=now).orphans == 1
    assert (vault.parts(nobodys), vault.parts(kept)) == ([], ["report"])


def test_bytes_that_come_back_after_an_erasure_are_deleted_and_raised(now):
    clip = sealed_clip(now)
    erase(ordered(clip, now).pk, now=now)
    put_back(clip)
    assert reconcile(now=now).resurrected == 1
    assert vault.parts(clip.pk) == []
    assert "erased clips had bytes again" in stores_reconciled()


def test_a_living_clip_without_key_or_bytes_is_raised(now):
    keyless, byteless = sealed_clip(now), sealed_clip(now)
    DataKey.objects.filter(pk=keyless.pk).delete()
    vault.delete_blob(byteless.pk, "audio")
    found = reconcile(now=now)
    assert (found.keyless, found.byteless) == (1, 1)
    assert not found.is_clean


def test_the_command_says_what_it_found_and_fails_when_somebody_must_look(now):
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "erased again after a restore: 0" in out.getvalue()
    vault.delete_blob(sealed_clip(now).pk, "audio")
    with pytest.raises(CommandError, match="differ"):
        call_command("reconcile", stdout=out)
