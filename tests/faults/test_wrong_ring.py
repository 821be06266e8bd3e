"""A lost or wrong key ring is said when web, worker and beat start, and none of them does; real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from project.vault.models import DataKey, MasterKey
from project.vault.ring import KeyRing
from tests.faults.workers import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PROGRAMS = {
    "web": ["-m", "uvicorn", "project.asgi:application", "--uds", "{folder}/socket", "--lifespan", "off"],
    "worker": ["-m", "celery", "-A", "project.celery", "worker", "--concurrency", "1"],
    "beat": ["-m", "celery", "-A", "project.celery", "beat", "--schedule", "{folder}/schedule", "--pidfile", ""],
    "prepare": ["manage.py", "prepare"],
}


@pytest.fixture
def rings(tmp_path):
    """Rings that are not this key store's: one whose files were lost, one of another Earshot."""
    lost, another = KeyRing(tmp_path / "lost"), KeyRing(tmp_path / "another")
    lost.folder.mkdir(mode=0o700)
    another.create_all()
    return {"lost": lost.folder, "another": another.folder}


def started(program: str, ring: Path, folder: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, *(word.format(folder=folder) for word in PROGRAMS[program])]
    beside = {**environment(folder, 1), "KEYRING": str(ring)}
    return subprocess.Popen(words, env=beside, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def test_each_of_them_refuses_and_nothing_is_written(rings, tmp_path):
    assert MasterKey.objects.exists(), "this key store has been written to"
    before = {name: sorted(os.listdir(ring)) for name, ring in rings.items()}
    cases = [("web", "lost"), ("worker", "another"), ("beat", "lost"), ("prepare", "another")]
    running = {case: started(case[0], rings[case[1]], tmp_path) for case in cases}
    for (program, kind), process in running.items():
        said = process.communicate(timeout=120)[1].strip().splitlines()
        assert process.returncode == 78, (program, said)
        assert said[-1].startswith("Earshot does not start: "), (program, said)
        assert "Put the key ring (KEYRING)" in said[-1]
        assert ("cannot be read" if kind == "lost" else "not the one this key store was written with") in said[-1]
    assert {name: sorted(os.listdir(ring)) for name, ring in rings.items()} == before, (
        "no ring is made beside a key store"
    )
    assert not (tmp_path / "socket").exists()
    assert not DataKey.objects.exists()
