"""Sound locked under a key of its own for one lease: AES-256-GCM. Pure.

    the bytes that go out: nonce (12) + ciphertext + tag (16), bound to the lease

The key is derived (HKDF-SHA256, RFC 5869) from the clip's data key and the lease: the same whenever it is asked for,
kept nowhere, and gone with the data key.
"""

import os
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from project.vault.keys import Key

NONCE: Final = 12


def key_for(lease_id: UUID, data_key: Key) -> bytes:
    """32 bytes."""
    return HKDF(SHA256(), 32, None, b"earshot sound ahead 1\x00" + lease_id.bytes).derive(bytes(data_key))


def lock(lease_id: UUID, data_key: Key, sound: bytes) -> bytes:
    """What a browser may hold without having heard it."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key_for(lease_id, data_key)).encrypt(nonce, sound, lease_id.bytes)
