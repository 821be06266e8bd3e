"""A lost or wrong key ring is said when web, worker and beat start, and none of them does; real processes."""

import json
import os
import subprocess
import sys

import pytest

from project.vault.models import DataKey, MasterKey
from project.vault.ring import KeyRing
from tests.faults.workers import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CASES = {"web": "lost", "worker": "another", "beat": "lost", "prepare": "another"}
SAID = {"lost": "cannot be read", "another": "not the one this key store was written with"}


@pytest.fixture
def rings(tmp_path):
    """Rings that are not this key store's: one whose files were lost, one of another Earshot that turned as often."""
    lost, another = KeyRing(tmp_path / "lost"), KeyRing(tmp_path / "another")
    lost.folder.mkdir(mode=0o700)
    another.create_all()
    for version in MasterKey.objects.values_list("version", flat=True):
        file = another.folder / f"master-{version:04}.key"
        file.write_bytes(os.urandom(32))
        file.chmod(0o600)
    return {"lost": lost.folder, "another": another.folder}


def test_each_of_them_refuses_and_nothing_is_written(rings, tmp_path):
    assert MasterKey.objects.exists(), "this key store has been written to"
    before = {name: sorted(os.listdir(ring)) for name, ring in rings.items()}
    program = [sys.executable, "-m", "tests.faults.starting", str(tmp_path)]
    program += [f"{name}={rings[kind]}" for name, kind in CASES.items()]
    told = subprocess.run(program, env=environment(tmp_path, 1), capture_output=True, text=True, timeout=240)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout.splitlines()[-1]) == dict.fromkeys(CASES, 78)
    for name, kind in CASES.items():
        last = (tmp_path / name).read_text().strip().splitlines()[-1]
        assert last.startswith("Earshot does not start: "), (name, last)
        assert "Put the key ring (KEYRING)" in last
        assert SAID[kind] in last, (name, last)
    after = {name: sorted(os.listdir(ring)) for name, ring in rings.items()}
    assert after == before, "no ring is made beside a key store"
    assert not (tmp_path / "socket").exists()
    assert not DataKey.objects.exists()
