"""The contract of a blob store: the same tests for files, for a plain S3 bucket and for one that keeps versions."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from project.vault.blobs import INCOMING, FileStore
from project.vault.errors import BlobAbsent
from project.vault.s3 import CHUNK, store_at


@pytest.fixture(params=["files", "s3", "s3-versioned"])
def store(request, tmp_path):
    if request.param == "files":
        return FileStore(tmp_path / "blobs")
    return store_at(request.getfixturevalue("make_bucket")(versioned=request.param == "s3-versioned").url)


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
    assert sorted(store.everything()) == [(ID, "audio"), (ID, "peaks"), (other, "audio")]


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


def test_many_objects_go_at_once_and_no_others(store):
    doomed, kept = [uuid.uuid4() for _ in range(12)], [ID, uuid.uuid4()]
    for object_id in (*doomed, *kept):
        for part in ("audio", "peaks"):
            store.put(object_id, part, [b"x"])
    assert store.left(doomed[:2]) == {object_id: ["audio", "peaks"] for object_id in doomed[:2]}
    store.delete_all([*doomed, uuid.uuid4()])
    assert store.left([*doomed, kept[1]]) == {kept[1]: ["audio", "peaks"]}
    assert {object_id for object_id, _ in store.everything()} == set(kept)
    store.delete_all(doomed)
    store.delete_all([])
    assert store.left([]) == {}


def test_many_parts_are_put_at_once(store):
    ids = [uuid.uuid4() for _ in range(20)]
    store.put_all((object_id, part, [object_id.bytes]) for object_id in ids for part in ("audio", "peaks"))
    assert store.left(ids) == {object_id: ["audio", "peaks"] for object_id in ids}
    blob = store.open(ids[7], "peaks")
    assert blob.read_at(0, 100) == ids[7].bytes


def test_the_store_is_walked_in_slices(store):
    for object_id in (ID, uuid.UUID(int=ID.int ^ 0xFF << 120)):
        store.put(object_id, "audio", [b"x"])
    assert list(store.everything("12")) == [(ID, "audio")]
    assert list(store.everything("13")) == []


def test_a_part_whose_name_begins_like_another_stays(store):
    store.put(ID, "audio", [b"x"])
    store.put(ID, "audio-2", [b"y"])
    store.delete(ID, "audio")
    assert (store.is_absent(ID, "audio"), store.parts(ID)) == (True, ["audio-2"])


def test_a_large_part_is_read_at_any_place(store):
    pieces = [bytes([number]) * 100_000 for number in range(110)]  # more than one part of an upload
    assert store.put(ID, "audio", iter(pieces)) == 11_000_000
    whole, blob = b"".join(pieces), store.open(ID, "audio")
    for offset, length in ((0, 20), (10_999_990, 100), (5_000_001, 65_552), (5_065_553, 65_552), (99_999, 2), (0, 1)):
        assert blob.read_at(offset, length) == whole[offset : offset + length]
    blob.close()


def test_an_empty_part_is_one(store):
    assert store.put(ID, "audio", []) == 0
    blob = store.open(ID, "audio")
    assert (blob.size, blob.read_at(0, 10)) == (0, b"")


def test_a_store_that_works_finds_no_fault(store):
    store.put(ID, "audio", [b"x"])
    assert store.fault() is None


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

    def test_many_objects_cost_one_sync_for_each_folder(self, store, monkeypatch):
        near = [uuid.UUID(int=ID.int + number) for number in range(5)]
        far = uuid.UUID(int=ID.int ^ 0xFF << 120)
        for object_id in (*near, far):
            for part in ("audio", "peaks"):
                store.put(object_id, part, [b"x"])
        done = []
        unlink, fsync = os.unlink, os.fsync
        monkeypatch.setattr(os, "unlink", lambda path, **how: (done.append("unlink"), unlink(path, **how))[1])
        monkeypatch.setattr(os, "fsync", lambda fd: (done.append("sync"), fsync(fd))[1])
        store.delete_all([*near, far])
        assert done == ["unlink"] * 12 + ["sync"] * 2

    def test_what_is_not_ours_is_passed_over(self, store):
        store.put(ID, "audio", [b"x"])
        (store.root / "12" / "34" / "lost+found").mkdir()
        assert list(store.everything()) == [(ID, "audio")]

    def test_a_folder_that_is_not_there_or_full_is_a_fault(self, tmp_path, monkeypatch):
        assert FileStore(tmp_path / "new").fault() is None, "it is made with the first upload"
        assert "cannot be made" in FileStore(tmp_path / "gone" / "blobs").fault()


class TestS3:
    """What only S3 can show."""

    @pytest.fixture
    def store(self, bucket):
        return store_at(bucket.url)

    def test_every_version_and_delete_marker_goes(self, store, bucket):
        for content_ in (b"first", b"second"):
            store.put(ID, "audio", [content_])
        bucket.client.delete_object(Bucket=bucket.name, Key=bucket.versions()[0][0])  # somebody's delete only hides
        assert len(bucket.versions()) == 3
        with pytest.raises(BlobAbsent):
            store.open(ID, "audio")
        assert not store.is_absent(ID, "audio"), "hidden is not gone"
        assert store.left([ID]) == {ID: ["audio"]}
        assert list(store.everything()) == [(ID, "audio")]
        store.delete(ID, "audio")
        assert bucket.versions() == []
        assert store.is_absent(ID, "audio")

    def test_a_delete_marker_alone_is_not_absence(self, store, bucket):
        store.put(ID, "audio", [b"x"])
        [(key, version)] = bucket.versions()
        bucket.client.delete_object(Bucket=bucket.name, Key=key)
        bucket.client.delete_object(Bucket=bucket.name, Key=key, VersionId=version)
        assert len(bucket.versions()) == 1
        assert not store.is_absent(ID, "audio")
        store.delete_all([ID])
        assert bucket.versions() == []

    def test_an_unfinished_upload_goes_too(self, store, bucket):
        key = f"sealed/12/34/{ID}.audio"
        upload = bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)["UploadId"]
        bucket.client.upload_part(Bucket=bucket.name, Key=key, UploadId=upload, PartNumber=1, Body=b"sealed half")
        assert not store.is_absent(ID, "audio")
        assert store.left([ID, uuid.uuid4()]) == {ID: ["audio"]}
        store.delete(ID, "audio")
        assert store.is_absent(ID, "audio")
        assert not bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads")

    def test_what_a_killed_upload_left_is_swept(self, store, bucket):
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=f"sealed/12/34/{ID}.audio")
        now = datetime.now(UTC)
        old = bucket.client.list_multipart_uploads(Bucket=bucket.name)["Uploads"][0]["Initiated"]
        assert store.sweep_incoming(old) == 0
        assert store.sweep_incoming(max(now, old) + timedelta(days=1)) == 1
        assert store.is_absent(ID, "audio")

    def test_an_upload_holds_a_few_parts_in_memory_and_no_more(self, store, monkeypatch):
        waiting = []
        monkeypatch.setattr("project.vault.s3._Incoming.read", _noting(waiting))
        store.put(ID, "audio", (b"x" * 100_000 for _ in range(300)))
        assert max(waiting) <= CHUNK + 100_000

    def test_a_range_does_not_fetch_the_whole(self, store, monkeypatch):
        store.put(ID, "audio", (b"x" * 1_000_000 for _ in range(10)))
        fetched = []
        real = type(store)._read
        monkeypatch.setattr(type(store), "_read", lambda *a, **how: (fetched.append(how["Range"]), real(*a, **how))[1])
        blob = store.open(ID, "audio")
        assert len(blob.read_at(8_000_000, 70_000)) == 70_000
        assert fetched == ["bytes=0-524287", "bytes=8000000-8524287"]

    def test_a_blob_that_is_open_stays_what_it_was(self, store):
        store.put(ID, "audio", [b"a" * 2_000_000])
        blob = store.open(ID, "audio")
        store.put(ID, "audio", [b"b" * 2_000_000])
        assert blob.read_at(1_900_000, 10) == b"a" * 10

    def test_a_thousand_versions_are_more_than_one_call(self, store, bucket, monkeypatch):
        monkeypatch.setattr("project.vault.s3.MOST_DELETED", 4)
        for number in range(10):
            store.put(ID, "audio", [bytes([number])])
        store.delete(ID, "audio")
        assert bucket.versions() == []

    @pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "s3://bucket?x=1"])
    def test_odd_addresses_are_refused(self, url):
        with pytest.raises(ValueError, match="s3://bucket"):
            store_at(url)


def _noting(waiting):
    from project.vault.s3 import _Incoming

    real = _Incoming.read

    def read(self, size=-1):
        piece = real(self, size)
        waiting.append(max(len(self._waiting), len(piece)))
        return piece

    return read
