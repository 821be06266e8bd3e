"""The short name of a public key, as certificates, pages and commands say it (pure)."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def public_key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of its raw bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]
