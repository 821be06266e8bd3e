"""Sealing texts and blobs, and that no plaintext is left anywhere."""

from __future__ import annotations

import tempfile
import uuid

import pytest
from django.db import connections

from project import vault
from project.vault.crypto import FRAME
from tests.vault.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(ring, object_id, blobs):
    return vault.create_key(object_id, "clip").key


def test_a_text_comes_back(key, object_id):
    sealed = vault.seal_text(object_id, "clip.sealed_transcript", "naïve 🎧 words")
    assert b"words" not in sealed
    assert vault.open_text(object_id, "clip.sealed_transcript", memoryview(sealed)) == "naïve 🎧 words"


def test_a_key_in_hand_saves_asking_for_it(key, object_id, django_assert_num_queries):
    with django_assert_num_queries(0, using="keys"):
        sealed = vault.seal_text(object_id, "clip.sealed_transcript", "x", key=key)
        assert vault.open_text(object_id, "clip.sealed_transcript", sealed, key=key) == "x"


def test_a_text_opens_in_its_own_field_and_object_only(key, object_id):
    sealed = vault.seal_text(object_id, "clip.sealed_transcript", "x")
    with pytest.raises(vault.Tampered):
        vault.open_text(object_id, "clip.sealed_source", sealed)
    other = vault.create_key(uuid.uuid4(), "clip")
    with pytest.raises(vault.Tampered):
        vault.open_text(other.object_id, "clip.sealed_transcript", sealed)


def test_a_blob_comes_back_by_ranges(key, object_id):
    audio = bytes(range(256)) * 1024
    info = vault.put_blob(object_id, "audio", [audio[:100_000], audio[100_000:]])
    assert (info.plain_bytes, info.sealed_bytes > info.plain_bytes) == (len(audio), True)
    with vault.open_blob(object_id, "audio") as reader:
        assert reader.size == len(audio)
        assert b"".join(reader.read_range(FRAME - 10, FRAME + 10)) == audio[FRAME - 10 : FRAME + 10]
        assert reader.read() == audio


def test_a_blob_moved_to_another_part_does_not_open(key, object_id, blobs):
    vault.put_blob(object_id, "audio", [b"x" * 1000])
    (path,) = blobs.rglob("*.audio")
    path.rename(path.with_suffix(".softened"))
    with pytest.raises(vault.Tampered):
        vault.open_blob(object_id, "softened")


def test_after_the_shred_nothing_opens_even_while_the_bytes_lie_there(key, object_id):
    sealed = vault.seal_text(object_id, "clip.sealed_transcript", "x")
    vault.put_blob(object_id, "audio", [b"x"])
    vault.shred_key(object_id, now=NOW)
    assert not vault.is_absent(object_id, "audio")
    for attempt in (
        lambda: vault.open_blob(object_id, "audio"),
        lambda: vault.open_text(object_id, "clip.sealed_transcript", sealed),
        lambda: vault.put_blob(object_id, "peaks", [b"x"]),
        lambda: vault.seal_text(object_id, "clip.sealed_transcript", "x"),
    ):
        with pytest.raises(vault.KeyGone):
            attempt()
    assert vault.parts(object_id) == ["audio"]
    vault.delete_blob(object_id, "audio")
    assert vault.is_absent(object_id, "audio")


def test_no_plaintext_is_at_rest_and_no_temporary_file_is_made(key, object_id, blobs, ring, monkeypatch):
    monkeypatch.setattr(tempfile, "_get_candidate_names", lambda: 1 / 0)
    secret = b"a sentence nobody else says: 4111 1111 1111 1111. " * 3000
    vault.put_blob(object_id, "audio", [secret])
    files = [path for path in [*blobs.rglob("*"), *ring.folder.rglob("*")] if path.is_file()]
    assert len(files) == 4
    for path in files:
        content = path.read_bytes()
        assert not any(secret[at : at + 32] in content for at in range(50))
        assert path.name.startswith("master") or bytes(key) not in content


def test_asking_for_what_never_was_is_said(key, object_id):
    with pytest.raises(vault.BlobAbsent):
        vault.open_blob(object_id, "audio")
    with pytest.raises(vault.KeyGone):
        vault.data_key(uuid.uuid4())


def test_the_tables_lie_in_the_key_store_only():
    def tables(alias: str) -> set[str]:
        return {name for name in connections[alias].introspection.table_names() if name != "django_migrations"}

    ours = {"vault_datakey", "vault_masterkey", "vault_ringmark", "vault_shreddedkey"}
    assert tables("keys") == ours
    assert not tables("default") & ours
