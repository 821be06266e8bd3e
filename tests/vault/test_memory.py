"""No key in a crash's dump, and none in memory for longer than a request."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.core.cache import cache

from project import vault
from project.vault.keys import Key

PR_GET_DUMPABLE = 3


def test_this_process_writes_no_core_and_hands_none_out():
    limits = Path("/proc/self/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]
    assert ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0


def test_neither_does_one_that_was_started_with_cores_allowed():
    program = (
        "import resource; soft, hard = resource.getrlimit(resource.RLIMIT_CORE);"
        "import django; django.setup();"
        "import ctypes;"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_settings())
    assert said.stdout.strip() == "(0, 0) 0"


def _settings() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "project.settings"}


def keys_in_memory() -> int:
    gc.collect()
    return sum(type(one) is Key for one in gc.get_objects())  # not isinstance: it asks weak proxies of others


@pytest.mark.django_db
def test_no_key_outlives_its_use_and_none_is_in_a_cache(blobs, object_id):
    before = keys_in_memory()
    vault.create_key(object_id, "clip")
    vault.put_blob(object_id, "audio", [b"sound" * 50_000])
    with vault.open_blob(object_id, "audio") as reader:
        assert keys_in_memory() <= before + 1
        assert reader.read().startswith(b"sound")
    sealed = vault.seal_text(object_id, "clip.sealed_transcript", "words")
    assert vault.open_text(object_id, "clip.sealed_transcript", sealed) == "words"
    assert list(vault.data_keys([object_id, uuid.uuid4()])) == [object_id]
    assert keys_in_memory() == before
    assert cache.get(str(object_id)) is None
