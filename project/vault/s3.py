"""Sealed bytes in S3, or in whatever speaks its protocol: VAULT_URL=s3://bucket[/prefix].

Endpoint, region and credentials come from the usual AWS_* variables. Uploads go through django-storages in parts of
8 MiB, so that memory stays bounded and an upload that fails is aborted. In a versioned bucket a deletion only hides:
here every version, every delete marker and every unfinished upload of an object goes, each by its id, and an object is
absent when a listing of all versions shows none of them. A bucket that keeps versions by Object Lock refuses, and then
no certificate is issued.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from project.vault.blobs import NAME, fan_out, name_of, split_name
from project.vault.breaker import Breaker
from project.vault.errors import BlobAbsent
from project.vault.faults import StoreFault

CHUNK: Final = 8 * 1024 * 1024
AHEAD: Final = 512 * 1024
AT_ONCE: Final = 8
MOST_DELETED: Final = 1_000  # the protocol's limit for one call
CONNECT_SECONDS: Final = 2
SILENT_SECONDS: Final = 5
MISSING: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
EMPTY: Final = frozenset({"416", "InvalidRange"})


class _Storage(S3Storage):
    """django-storages with one connection for all threads of a process: boto3's clients may be, and cost 15 MB each."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._made: Any = None
        self._making = threading.Lock()

    @property
    def connection(self) -> Any:
        with self._making:
            if self._made is None:
                self._made = super().connection
            return self._made


class _Incoming(io.RawIOBase):
    """Chunks as a file that can only be read forwards."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._waiting, self.size = iter(chunks), bytearray(), 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        wanted = size if size is not None and size >= 0 else None
        while wanted is None or len(self._waiting) < wanted:
            try:
                chunk = next(self._chunks, None)
            except Exception as error:
                raise _ChunksFailed(error) from error
            if chunk is None:
                break
            self._waiting += chunk
            self.size += len(chunk)
        piece = bytes(self._waiting[:wanted])
        del self._waiting[: len(piece)]
        return piece


class _ChunksFailed(Exception):
    """What was to be stored failed to arrive: not the store's fault, whatever kind of error it was."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Version(NamedTuple):
    """One thing that has to be deleted by its id: a version of an object, or a delete marker."""

    key: str
    version_id: str


class S3Blob:
    """One object, read by ranges of 512 KiB ahead. Pinned to what it was when it was opened."""

    def __init__(self, get: Callable[..., dict[str, Any]]) -> None:
        self._get, self._at, self._piece = get, 0, b""
        self._pin: dict[str, str] = {}
        try:
            answer = get(Range=f"bytes=0-{AHEAD - 1}")
        except _NoRange:
            self.size = 0
            return
        self._pin = {"VersionId": answer["VersionId"]} if answer.get("VersionId") else {"IfMatch": answer["ETag"]}
        self.size = int(answer["ContentRange"].rpartition("/")[2])
        self._piece = answer["Body"]

    def read_at(self, offset: int, length: int) -> bytes:
        stop = min(offset + length, self.size)
        if offset >= stop:
            return b""
        if not (self._at <= offset and stop <= self._at + len(self._piece)):
            last = min(max(stop, offset + AHEAD), self.size) - 1
            self._piece, self._at = self._get(Range=f"bytes={offset}-{last}", **self._pin)["Body"], offset
        return self._piece[offset - self._at : stop - self._at]

    def close(self) -> None:
        self._piece = b""


class _NoRange(Exception):
    """The object has no such range: it is empty."""


class S3Store:
    """Blobs as objects in one bucket below one prefix."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self._breaker = Breaker()
        self._storage = _Storage(
            bucket_name=bucket,
            location=prefix,
            file_overwrite=True,
            object_parameters={"ContentType": "application/octet-stream"},
            transfer_config=TransferConfig(multipart_threshold=CHUNK, multipart_chunksize=CHUNK, use_threads=False),
            client_config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=SILENT_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=AT_ONCE + 8,
            ),
        )

    def put(self, object_id: UUID, part: str, chunks: Iterable[bytes]) -> int:
        """Store a part whole; returns its size. Chunks that fail leave nothing behind, their error is raised."""
        incoming, name = _Incoming(chunks), name_of(object_id, part)
        stream: Any = incoming  # it reads, which is all that is asked of it
        try:
            self._asked(lambda: self._storage.save(name, File(stream, name)))
        except _ChunksFailed as failed:
            raise failed.error from None
        return incoming.size

    def put_all(self, parts: Iterable[tuple[UUID, str, Iterable[bytes]]]) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="blob-store") as threads:
            list(threads.map(lambda part: self.put(*part), parts))

    def open(self, object_id: UUID, part: str) -> S3Blob:
        """Raises BlobAbsent, StoreFault."""
        key = self._key(object_id, part)
        return S3Blob(lambda **how: self._asked(lambda: self._read(key, **how)))

    def _read(self, key: str, **how: str) -> dict[str, Any]:
        """An object's range with its body read, so that what fails on the way counts as the store's failure."""
        answer = self._client.get_object(Bucket=self.bucket, Key=key, **how)
        with answer["Body"] as body:
            return {**answer, "Body": body.read()}

    def delete(self, object_id: UUID, part: str) -> None:
        key = self._key(object_id, part)
        self._delete(lambda found: found == key, [key])

    def is_absent(self, object_id: UUID, part: str) -> bool:
        """Neither a version, nor a delete marker, nor an unfinished upload is listed under its name."""
        key = self._key(object_id, part)
        return all(found.key != key for found in self._versions(key)) and key not in self._uploads(key)

    def parts(self, object_id: UUID) -> list[str]:
        """Every part of which anything is left, hidden versions included."""
        return self.left((object_id,)).get(object_id, [])

    def delete_all(self, object_ids: Iterable[UUID]) -> None:
        stems = [self._stem(object_id) for object_id in object_ids]
        self._delete(lambda key: True, stems)

    def left(self, object_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
        stems = [self._stem(object_id) for object_id in object_ids]
        keys = {found.key for versions in self._each(self._listed, stems) for found in versions}
        keys |= self._uploads_of(stems).keys()
        left: dict[UUID, list[str]] = {}
        for key in sorted(keys):
            object_id, part = split_name(key)
            left.setdefault(object_id, []).append(part)
        return left

    def everything(self, within: str = "") -> Iterator[tuple[UUID, str]]:
        """Hidden versions too. Pages come in order of keys, so only a key that a page began with is seen again."""
        last = ""
        for page in self._pages("list_object_versions", f"{self.prefix}{within}/" if within else self.prefix):
            keys = sorted({found.key for found in _in_page(page)} - {last})
            yield from (split_name(key) for key in keys if NAME.fullmatch(key.rpartition("/")[2]))
            last = keys[-1] if keys else last

    def sweep_incoming(self, older_than: datetime) -> int:
        """Abort uploads that were begun before then and never finished; returns how many."""
        stale = [
            (key, upload)
            for key, uploads in self._uploads(self.prefix).items()
            for upload, begun in uploads
            if begun < older_than
        ]
        self._abort(stale)
        return len(stale)

    def fault(self) -> str | None:
        """Asks for the bucket itself."""
        try:
            self._asked(lambda: self._client.head_bucket(Bucket=self.bucket))
        except (StoreFault, BlobAbsent):
            return "The blob store's bucket does not answer."
        return None

    @property
    def _client(self) -> Any:
        return self._storage.connection.meta.client

    def _key(self, object_id: UUID, part: str) -> str:
        return self.prefix + name_of(object_id, part)

    def _stem(self, object_id: UUID) -> str:
        return f"{self.prefix}{fan_out(object_id)}/{object_id}."

    def _delete(self, is_meant: Callable[[str], bool], stems: list[str]) -> None:
        """Unfinished uploads first: one that ends while we list would leave a version that we did not see."""
        uploads = self._uploads_of(stems)
        self._abort([(key, upload) for key, begun in uploads.items() if is_meant(key) for upload, _ in begun])
        found = (version for listed in self._each(self._listed, stems) for version in listed if is_meant(version.key))
        while batch := list(islice(found, MOST_DELETED)):
            self._delete_versions(batch)

    def _delete_versions(self, versions: list[_Version]) -> None:
        objects = [{"Key": found.key, "VersionId": found.version_id} for found in versions]
        answer = self._asked(
            lambda: self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
        )
        if errors := answer.get("Errors"):  # the call succeeds even where single deletions are refused
            raise StoreFault(f"{len(errors)} deletions were refused")

    def _listed(self, prefix: str) -> list[_Version]:
        return list(self._versions(prefix))

    def _versions(self, prefix: str) -> Iterator[_Version]:
        for page in self._pages("list_object_versions", prefix):
            yield from _in_page(page)

    def _uploads(self, prefix: str) -> dict[str, list[tuple[str, datetime]]]:
        """Unfinished uploads by key: (upload id, when it was begun)."""
        uploads: dict[str, list[tuple[str, datetime]]] = {}
        for page in self._pages("list_multipart_uploads", prefix):
            for found in page.get("Uploads", ()):
                if found["Key"].startswith(prefix):
                    uploads.setdefault(found["Key"], []).append((found["UploadId"], found["Initiated"]))
        return uploads

    def _uploads_of(self, stems: list[str]) -> dict[str, list[tuple[str, datetime]]]:
        """For many objects one listing of all unfinished uploads, which are few, instead of one listing each."""
        everywhere = self._uploads(stems[0] if len(stems) == 1 else self.prefix) if stems else {}
        wanted = {_object(stem) for stem in stems}
        return {key: begun for key, begun in everywhere.items() if _object(key) in wanted}

    def _abort(self, uploads: list[tuple[str, str]]) -> None:
        for key, upload in uploads:
            try:
                self._asked(partial(self._client.abort_multipart_upload, Bucket=self.bucket, Key=key, UploadId=upload))
            except BlobAbsent:
                continue  # it ended meanwhile

    def _pages(self, call: str, prefix: str) -> Iterator[dict[str, Any]]:
        pages = iter(self._client.get_paginator(call).paginate(Bucket=self.bucket, Prefix=prefix))
        while (page := self._asked(lambda: next(pages, None))) is not None:
            yield page

    def _each(self, ask: Callable[[str], list[_Version]], stems: list[str]) -> Iterator[list[_Version]]:
        if len(stems) == 1:
            yield ask(stems[0])
        elif stems:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="blob-store") as threads:
                yield from threads.map(ask, stems)

    def _asked(self, call: Callable[[], Any]) -> Any:
        """Ask the store, with its errors as ours. Raises StoreFault, BlobAbsent, _NoRange."""
        with self._breaker.admitted():
            try:
                return call()
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                if code in MISSING:
                    raise BlobAbsent("no such object") from None
                if code in EMPTY:
                    raise _NoRange from None
                raise StoreFault(f"the blob store refused: {code[:40]}") from error
            except (BotoCoreError, OSError) as error:
                self._breaker.trip()
                raise StoreFault(f"the blob store is away: {type(error).__name__}") from error


def _in_page(page: dict[str, Any]) -> Iterator[_Version]:
    for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
        yield _Version(found["Key"], found["VersionId"])


def _object(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def store_at(url: str) -> S3Store:
    """The store of an s3:// address; one a process, since a connection must not be shared over a fork."""
    return _store_at(url, os.getpid())


@lru_cache(maxsize=8)
def _store_at(url: str, process: int) -> S3Store:
    parts = urlsplit(url)
    if not parts.netloc or parts.query or parts.fragment:
        raise ValueError("VAULT_URL must look like s3://bucket or s3://bucket/prefix")
    return S3Store(parts.netloc, parts.path.strip("/"))
