"""Checkpoints and public keys that somebody kept in files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from project.ledger.checkpoint import MOST_BYTES, BadNote, TreeHead, verify
from project.ledger.chunks import Head

MOST_KEY_BYTES: Final = 200_000
PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


class CannotRead(Exception):
    """A file that is not there, too large or not what it should be; the message says which."""


def keys_in(path: Path) -> list[Ed25519PublicKey]:
    """The public keys in a file: PEM, one or several, or the list that the ledger publishes. Raises CannotRead."""
    text = text_in(path, MOST_KEY_BYTES)
    if text.lstrip().startswith("{"):
        text = _listed(text, path)
    found = PEM.findall(text)
    try:
        keys = [serialization.load_pem_public_key(pem.encode()) for pem in found]
    except ValueError:
        raise CannotRead(f"{path} holds no public key: it must be PEM") from None
    if not keys:
        raise CannotRead(f"{path} holds no public key: it must be PEM")
    ours = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if len(ours) < len(keys):
        raise CannotRead(f"{path} holds a key that is not an Ed25519 key")
    return ours


def _listed(text: str, path: Path) -> str:
    try:
        return "\n".join(str(key["public_key"]) for key in json.loads(text)["keys"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CannotRead(f"{path} is not a list of public keys") from None


def heads_kept_in(
    path: Path, what: str, keys: Sequence[Ed25519PublicKey]
) -> tuple[list[tuple[TreeHead, Head]], list[str]]:
    """The heads of one file, or of every file in a folder, and a sentence for each that is not signed."""
    heads, wrong = [], []
    for file in _files(path):
        name = f"{what} {file.name}" if path.is_dir() else what
        try:
            signed = verify(text_in(file, MOST_BYTES), keys)
        except BadNote as error:
            wrong.append(f"{name}: {error}")
            continue
        heads.append((signed, Head(f"{name} (size {signed.size})", signed.size, signed.root)))
    return heads, wrong


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))


def text_in(path: Path, limit: int) -> str:
    """A file of at most so many bytes. Raises CannotRead."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > limit:
        raise CannotRead(f"{path} is too large")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise CannotRead(f"{path} is not text") from None
