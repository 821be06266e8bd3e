"""The key ring, and saying so when it is not the right one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.checks import Tags, run_checks

from project import vault
from project.vault import identity
from project.vault.errors import RingFault
from project.vault.models import DataKey, MasterKey
from project.vault.registration import register_ring, ring_faults
from project.vault.ring import KeyRing
from tests.vault.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_first_ring_is_whole_and_private(tmp_path):
    ring = KeyRing(tmp_path / "ring")
    assert ring.is_empty()
    ring.create_all()
    names = sorted(os.listdir(ring.folder))
    assert names == ["index.key", "master-0001.key", "signing-0001.pem"]
    assert ring.folder.stat().st_mode & 0o777 == 0o700
    assert {(ring.folder / name).stat().st_mode & 0o777 for name in names} == {0o600}
    assert not ring.is_empty()


def test_making_it_again_changes_nothing(tmp_path):
    ring = KeyRing(tmp_path / "ring")
    ring.create_all()
    before = {path.name: path.read_bytes() for path in ring.folder.iterdir()}
    ring.create_all()
    assert {path.name: path.read_bytes() for path in ring.folder.iterdir()} == before


MAKE = """
import sys
from pathlib import Path
from project.vault.ring import KeyRing
ring = KeyRing(Path(sys.argv[1]))
ring.create_all()
print((bytes(ring.master(1)) + bytes(ring.index())).hex())
"""


def test_processes_that_start_together_agree_on_one_ring(tmp_path):
    command = [sys.executable, "-c", MAKE, str(tmp_path / "ring")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    keys = {process.communicate(timeout=60)[0] for process in processes}
    assert len(keys) == 1
    assert len(keys.pop()) == 129


def test_a_file_that_others_can_read_is_refused(tmp_path):
    ring = KeyRing(tmp_path / "ring")
    ring.create_all()
    (ring.folder / "index.key").chmod(0o640)
    with pytest.raises(RingFault, match="chmod 600"):
        ring.index()


def test_a_destroyed_master_key_is_gone(tmp_path):
    ring = KeyRing(tmp_path / "ring")
    ring.create_all()
    ring.create_master(2)
    ring.destroy_master(1)
    ring.destroy_master(1)
    assert ring.versions() == [2]
    with pytest.raises(RingFault, match="cannot be read"):
        ring.master(1)


def test_the_right_ring_has_no_faults(ring):
    assert ring_faults() == []
    assert run_checks(tags=[Tags.database], databases=["keys"]) == []


def lose(name: str, ring: KeyRing) -> None:
    (ring.folder / name).unlink()


def swap(name: str, ring: KeyRing) -> None:
    other = KeyRing(ring.folder.parent / "other")
    other.create_all()
    (ring.folder / name).write_bytes((other.folder / name).read_bytes())


@pytest.mark.parametrize("happened", [lose, swap])
@pytest.mark.parametrize("name", ["master-0001.key", "index.key", "signing-0001.pem"])
def test_a_lost_or_wrong_key_is_said_at_start(ring, happened, name):
    happened(name, ring)
    messages = run_checks(tags=[Tags.database], databases=["keys"])
    assert messages
    assert {message.id for message in messages} == {"vault.E002"}
    assert "Restore the key ring" in messages[0].hint


@pytest.mark.parametrize("happened", [lose, swap])
def test_nothing_is_sealed_under_a_lost_or_wrong_ring(ring, object_id, happened):
    happened("master-0001.key", ring)
    with pytest.raises(RingFault):
        vault.create_key(object_id, "clip")
    assert not DataKey.objects.exists()


@pytest.mark.parametrize("happened", [lose, swap])
def test_nothing_is_looked_up_under_a_lost_or_wrong_index_key(ring, happened):
    happened("index.key", ring)
    with pytest.raises(RingFault):
        vault.lookup_hmac("clip.external_ref", "abc")


def test_a_ring_that_lost_a_part_is_never_made_whole_by_guessing(ring):
    MasterKey.objects.all().delete()
    lose("master-0001.key", ring)
    with pytest.raises(RingFault, match="incomplete"):
        register_ring(ring, now=NOW)
    assert ring.versions() == []


def test_a_ring_folder_that_others_can_enter_is_said(ring):
    ring.folder.chmod(0o750)
    assert [message.id for message in run_checks(tags=["vault"])] == ["vault.E001"]


def test_references_are_looked_up_by_purpose_and_for_ever(ring):
    first = vault.lookup_hmac("clip.external_ref", "abc")
    assert len(first) == 32
    assert first == vault.lookup_hmac("clip.external_ref", "abc")
    assert first != vault.lookup_hmac("clip.subject_ref", "abc")
    assert vault.lookup_hmac("a", "bc") != vault.lookup_hmac("ab", "c")


def test_a_salted_digest_needs_its_salt():
    assert vault.fresh_digest(b"s" * 16, b"a", b"bc") != vault.fresh_digest(b"s" * 16, b"ab", b"c")
    with pytest.raises(ValueError, match="salt"):
        identity.fresh_digest(b"short", b"x")


def test_the_public_key_checks_what_the_signing_key_signed(ring):
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    load_pem_public_key(vault.public_key_pem().encode()).verify(vault.signing_key().sign(b"x"), b"x")
    assert len(vault.public_keys()) == 1
