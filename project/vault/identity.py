"""What the ring's other keys are for: looking up references, and signing."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from project.vault.errors import RingFault
from project.vault.models import RingMark
from project.vault.ring import INDEX, check_value, current_ring

_trusted: set[bytes] = set()


def _require_known(name: str, content: bytes) -> None:
    """Raise RingFault unless the key store knows this very key; asked of the database once a process and key."""
    value = check_value(content)
    if value in _trusted:
        return
    mark = RingMark.objects.filter(pk=name).first()
    if mark is None or not hmac.compare_digest(bytes(mark.check_value), value):
        raise RingFault(f"{name} in the ring is not the one this key store was written with")
    _trusted.add(value)


def lookup_hmac(purpose: str, value: str) -> bytes:
    """32 bytes to index a reference by, the same for ever. `purpose` keeps equal values of two columns apart."""
    key = bytes(current_ring().index())
    _require_known(INDEX, key)
    return hmac.digest(key, _joined(purpose.encode(), value.encode()), "sha256")


def fresh_digest(salt: bytes, *parts: bytes) -> bytes:
    """SHA-256 over a random salt (16 bytes or more) and the parts with their lengths: says nothing without the salt."""
    if len(salt) < 16:
        raise ValueError("a salt has 16 bytes or more")
    return hashlib.sha256(_joined(salt, *parts)).digest()


def signing_key() -> Ed25519PrivateKey:
    """The newest signing key of the ring. Raises RingFault."""
    return current_ring().signing()


def public_key_pem() -> str:
    """The public half of the newest signing key, as people download it to check certificates and checkpoints."""
    pem = (
        signing_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return pem.decode()


def public_keys() -> list[Ed25519PublicKey]:
    """The public halves of every signing key of the ring: old checkpoints were signed by old keys."""
    ring = current_ring()
    return [ring.public(version) for version in ring.signing_versions()]


def _joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
