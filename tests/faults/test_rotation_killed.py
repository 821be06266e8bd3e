"""kill -9 of a real `rotate_master_key` at each of its steps; every time the next run goes on, and no key is lost."""

import os
import signal
import subprocess
import sys
import uuid
from subprocess import PIPE

import pytest
from django.conf import settings
from django.utils import timezone

from project import vault
from project.vault.models import DataKey, MasterKey
from project.vault.registration import ring_faults
from project.vault.ring import KeyRing
from tests.faults.rotating import PLACES
from tests.faults.workers import environment, kill, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
DESTROYED = ("old-file-out-of-reach", "old-file-gone", "old-backups-left")


def opened(keys):
    return {object_id: bytes(vault.data_key(object_id)) for object_id in keys}


@pytest.fixture
def keys():
    """Several pages of the table full, so that half of them is a place to be killed at."""
    made = vault.create_keys([uuid.uuid4() for _ in range(150)], "clip")
    return {object_id: bytes(handle.key) for object_id, handle in made.items()}


def test_killed_at_each_step_it_goes_on_where_it_was_and_nothing_is_lost(keys, tmp_path):
    ring = KeyRing(settings.KEYRING)
    [old] = ring.versions()
    shredded = vault.shred_key(vault.create_key(uuid.uuid4(), "clip").object_id, now=timezone.now())
    program = [sys.executable, "-m", "tests.faults.rotating", str(tmp_path), *PLACES]
    runs = subprocess.Popen(
        program, env=environment(tmp_path, 1), stdin=PIPE, stderr=PIPE, text=True, bufsize=1, start_new_session=True
    )
    assert runs.stdin
    try:
        for place in PLACES:
            runs.stdin.write("go on\n")
            wait_until(lambda place=place: (tmp_path / place).exists(), process=runs)
            made = vault.create_key(uuid.uuid4(), "clip")  # claims go on while it stands there
            keys[made.object_id] = bytes(made.key)
            os.kill(int((tmp_path / place).read_text()), signal.SIGKILL)
            assert opened(keys) == keys, place
            assert ring_faults() == [], place
            assert (old in ring.versions()) == (place not in DESTROYED), place
        said = runs.communicate("go on\n", timeout=120)[1]
    finally:
        kill(runs)
    assert runs.returncode == 0, said
    # At the last place the first rotation was done; whoever asks by hand then wants another. Till then it was one.
    assert ring.versions() == [old + 2]
    assert opened(keys) == keys
    assert set(DataKey.objects.values_list("master_version", flat=True)) == {old + 2}
    assert vault.beyond_recovery(shredded.master_version) == MasterKey.objects.get(pk=old).destroyed_at is not None
    assert len(list((tmp_path / "backups").glob("*.tsv"))) == 1, "copies that only the old master key opened are gone"
