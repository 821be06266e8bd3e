"""Looks for plaintext in everything that a running service writes: database files, WAL, Valkey, blobs, ring, logs.

Blobs in S3 are looked through in every version.
"""

import base64
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import redis
from django.db import connections

from tests.s3 import Bucket

WINDOW = 32
CHUNK = 1 << 22
PAGE = 4096
EMPTY = bytes(PAGE)


def data_folders() -> list[Path]:
    """This test process's data folder, and the folders of every PostgreSQL behind its databases."""
    folders = {Path(os.environ["DATA_DIR"]), Path(os.environ["KEYRING"]), Path(os.environ["VAULT_URL"])}
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute("CHECKPOINT")  # what is still in shared buffers goes to the files
            cursor.execute("SHOW data_directory")
            folders.add(Path(cursor.fetchone()[0]))
    return sorted(folder for folder in folders if not any(other in folder.parents for other in folders))


def files() -> Iterator[tuple[str, bytes]]:
    """Every file's name and content, in pieces that overlap so that nothing is cut; then every key of Valkey."""
    for folder in data_folders():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield from _pieces(path)
    yield from _valkey()
    yield from _bucket()


def _bucket() -> Iterator[tuple[str, bytes]]:
    """Every version of every object, where the vault's blobs lie in S3."""
    from django.conf import settings

    url = urlsplit(str(settings.VAULT_URL))
    if url.scheme == "s3":
        yield from Bucket(url.netloc, boto3.client("s3")).content()


def _pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as file:
            tail = b""
            while piece := file.read(CHUNK):
                yield str(path), squeezed(tail + piece)
                tail = piece[-4096:]
    except FileNotFoundError:
        return  # PostgreSQL removes files as it goes


def squeezed(content: bytes) -> bytes:
    """Without long stretches of zeros, which most of a database's files are; what is left keeps its place modulo 32."""
    pages = (content[at : at + PAGE] for at in range(0, len(content), PAGE))
    return b"".join([EMPTY[: 2 * WINDOW] if page == EMPTY else page for page in pages])


def _valkey() -> Iterator[tuple[str, bytes]]:
    from django.conf import settings

    for number in range(16):
        client = redis.Redis.from_url(settings.REDIS_URL, db=number)
        for key in client.scan_iter(count=1000):
            yield f"valkey {number}", key + b"\0" + (client.dump(key) or b"")
        client.close()


def spellings(words: str) -> set[bytes]:
    """The ways in which a text could lie in a file: as it is, as UTF-16, as hex, as base64 at each alignment."""
    plain = words.encode()
    found = {plain, words.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode()}
    for shift in range(3):
        found.add(base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4])
    return {one for one in found if len(one) >= 8}


def where_words_are(words: Iterable[str]) -> set[str]:
    """The files that hold any of these texts in any spelling."""
    wanted = {spelling for text in words for spelling in spellings(text)}
    return {name for name, content in files() if any(one in content for one in wanted)}


def windows(audio: bytes) -> set[bytes]:
    """Every 32-byte window of the sound, at every offset, that could be nothing else (16 different bytes or more)."""
    found = (audio[at : at + WINDOW] for at in range(len(audio) - WINDOW + 1))
    return {window for window in found if len(set(window)) >= 16}


def where_sound_is(*sounds: bytes) -> set[str]:
    """The files that hold a stretch of any of these.

    Each file is cut at multiples of 32 and looked up among the windows at every offset, which finds any stretch of 63
    bytes wherever it lies; and 64 windows across the sounds are looked for at every place of every file.
    """
    known = {window for sound in sounds for window in windows(sound)}
    spread = sorted(known)[:: max(1, len(known) // 64)][:64]
    return {name for name, content in files() if _has_any(content, known, spread)}


def _has_any(content: bytes, known: set[bytes], spread: list[bytes]) -> bool:
    aligned = (content[at : at + WINDOW] for at in range(0, len(content) - WINDOW + 1, WINDOW))
    return any(window in known for window in aligned) or any(window in content for window in spread)
