"""The contract of a blob store. Every kind of store is a parameter of `store`."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from project.vault.blobs import INCOMING, FileStore
from project.vault.errors import BlobAbsent


@pytest.fixture(params=["files"])
def store(request, tmp_path):
    return {"files": lambda: FileStore(tmp_path / "blobs")}[request.param]()


ID = uuid.UUID("12345678-1234-4234-8234-123456789abc")


def content(store, part: str = "audio") -> bytes:
    blob = store.open(ID, part)
    try:
        return blob.read_at(0, blob.size)
    finally:
        blob.close()


def test_what_is_put_can_be_read_by_position(store):
    assert store.put(ID, "audio", [b"hello ", b"", b"world"]) == 11
    blob = store.open(ID, "audio")
    assert (blob.size, blob.read_at(6, 5), blob.read_at(6, 100), blob.read_at(11, 5)) == (11, b"world", b"world", b"")


def test_an_object_lists_its_parts_and_no_others(store):
    other = uuid.UUID("12345678-1234-4234-8234-123456789abd")
    for object_id, part in ((ID, "peaks"), (ID, "audio"), (other, "audio")):
        store.put(object_id, part, [b"x"])
    assert store.parts(ID) == ["audio", "peaks"]
    assert store.parts(uuid.uuid4()) == []
    assert set(store.object_ids()) == {ID, other}


def test_a_deleted_part_is_absent(store):
    store.put(ID, "audio", [b"x"])
    assert not store.is_absent(ID, "audio")
    store.delete(ID, "audio")
    assert store.is_absent(ID, "audio")
    assert store.parts(ID) == []
    with pytest.raises(BlobAbsent):
        store.open(ID, "audio")


def test_deleting_twice_or_what_never_was_is_fine(store):
    store.delete(ID, "audio")
    store.put(ID, "audio", [b"x"])
    store.delete(ID, "audio")
    store.delete(ID, "audio")
    assert store.is_absent(ID, "audio")


def test_what_never_was_is_absent(store):
    assert store.is_absent(ID, "audio")


def test_a_second_put_replaces_the_first(store):
    store.put(ID, "audio", [b"first"])
    store.put(ID, "audio", [b"second"])
    assert content(store) == b"second"


def test_a_put_that_fails_leaves_nothing_and_keeps_what_was(store):
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(ID, "audio", broken())
    assert store.is_absent(ID, "audio")
    store.put(ID, "audio", [b"whole"])
    with pytest.raises(ConnectionError):
        store.put(ID, "audio", broken())
    assert content(store) == b"whole"
    assert store.sweep_incoming(datetime.now(UTC) + timedelta(days=1)) == 0


@pytest.mark.parametrize("part", ["", "../x", "a/b", "A", ".x", "x" * 65, "a.b", "a\n"])
def test_odd_part_names_are_refused(store, part):
    with pytest.raises(ValueError, match="part"):
        store.put(ID, part, [b"x"])


class TestFiles:
    """What only files can show."""

    @pytest.fixture
    def store(self, tmp_path):
        return FileStore(tmp_path / "blobs")

    def test_folders_and_files_are_closed_to_others(self, store):
        store.put(ID, "audio", [b"x"])
        found = [store.root, *store.root.rglob("*")]
        assert {(path.stat().st_mode & 0o777, path.is_dir()) for path in found} == {(0o700, True), (0o600, False)}

    def test_names_tell_the_id_and_the_part_and_fan_out(self, store):
        store.put(ID, "audio", [b"x"])
        (path,) = [path for path in store.root.rglob("*") if path.is_file()]
        assert path.relative_to(store.root).as_posix() == f"12/34/{ID}.audio"

    def test_what_a_killed_upload_left_is_swept_after_a_day(self, store):
        store.put(ID, "audio", [b"x"])
        left = store.root / INCOMING / "abandoned"
        left.write_bytes(b"sealed half")
        now = datetime.now(UTC)
        assert store.sweep_incoming(now - timedelta(days=1)) == 0
        os.utime(left, (now.timestamp() - 2 * 86400,) * 2)
        assert store.sweep_incoming(now - timedelta(days=1)) == 1
        assert not store.is_absent(ID, "audio")

    def test_file_and_folder_are_synced_before_put_returns(self, store, monkeypatch):
        synced = []
        real = os.fsync
        monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(os.readlink(f"/proc/self/fd/{fd}")), real(fd))[1])
        store.put(ID, "audio", [b"x"])
        folder = str(store.root / "12" / "34")
        assert synced[-1] == folder
        assert synced[-2].startswith(str(store.root / INCOMING))
        synced.clear()
        store.delete(ID, "audio")
        assert synced == [folder]
