"""How a data key is wrapped under a master key (pure): nonce(12) + AES-256-GCM ciphertext(32) + tag(16) = 60 bytes.

GCM rather than AES-KW (RFC 3394), because it binds associated data: format, object id, kind and master version. A row
copied to another object, kind or version does not unwrap. Random nonces are safe here: NIST SP 800-38D section 8.3
allows 2**32 a key, and a master key lives for a week.
"""

from __future__ import annotations

import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from project.vault.errors import Tampered
from project.vault.keys import Key

NONCE: Final = 12


def _bound(object_id: UUID, kind: str, version: int) -> bytes:
    return b"earshot wrap 1\x00" + object_id.bytes + version.to_bytes(4, "big") + kind.encode()


def wrap(master: Key, data_key: Key, *, object_id: UUID, kind: str, version: int) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(bytes(master)).encrypt(nonce, bytes(data_key), _bound(object_id, kind, version))


def unwrap(master: Key, wrapped: bytes, *, object_id: UUID, kind: str, version: int) -> Key:
    """The data key. Raises Tampered when it was wrapped under another master key or for another object."""
    try:
        plain = AESGCM(bytes(master)).decrypt(wrapped[:NONCE], wrapped[NONCE:], _bound(object_id, kind, version))
    except InvalidTag:
        raise Tampered(f"the data key of {object_id} does not unwrap under master key {version}") from None
    return Key(plain)
