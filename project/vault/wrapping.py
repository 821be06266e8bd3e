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


class Wrapping:
    """One master key made ready to wrap and unwrap many data keys; its cipher is set up once."""

    __slots__ = ("_cipher", "_head", "version")

    def __init__(self, master: Key, version: int) -> None:
        self.version = version
        self._cipher, self._head = AESGCM(bytes(master)), version.to_bytes(4, "big")

    def wrap(self, data_key: bytes, object_id: UUID, kind: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, data_key, self._bound(object_id, kind))

    def unwrap(self, wrapped: bytes, object_id: UUID, kind: str) -> bytes:
        """The data key. Raises Tampered when it was wrapped under another master key or for another object."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], self._bound(object_id, kind))
        except InvalidTag:
            message = f"the data key of {object_id} does not unwrap under master key {self.version}"
            raise Tampered(message) from None

    def _bound(self, object_id: UUID, kind: str) -> bytes:
        return b"earshot wrap 1\x00" + object_id.bytes + self._head + kind.encode()


def wrap(master: Key, data_key: Key, *, object_id: UUID, kind: str, version: int) -> bytes:
    return Wrapping(master, version).wrap(bytes(data_key), object_id, kind)


def unwrap(master: Key, wrapped: bytes, *, object_id: UUID, kind: str, version: int) -> Key:
    """The data key. Raises Tampered when it was wrapped under another master key or for another object."""
    return Key(Wrapping(master, version).unwrap(wrapped, object_id, kind))
