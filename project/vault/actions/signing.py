"""The ring's signing keys as they come and go. When to do what, and telling the ledger, is project.ledger's part."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from project.vault.models import RingMark
from project.vault.ring import check_value, current_ring


def signing_keys() -> dict[int, Ed25519PrivateKey]:
    """The signing keys that are in the ring, by version; the newest signs. Raises RingFault."""
    ring = current_ring()
    return {version: ring.signing(version) for version in ring.signing_versions()}


def stage_signing_key(version: int) -> Ed25519PrivateKey:
    """Make the next signing key, in use by nobody yet; the one that is there when it was made before."""
    ring = current_ring()
    if version in ring.signing_versions():
        return ring.signing(version)
    ring.stage_signing(version)
    return ring.staged_signing(version)


def publish_signing_key(version: int) -> None:
    """From here on this key signs, and the key store misses it when it is lost. Safe to repeat."""
    ring = current_ring()
    ring.publish_signing(version)
    name = f"signing-{version:04d}.pem"
    RingMark.objects.get_or_create(name=name, defaults={"check_value": check_value(ring.content_of(name))})


def retire_signing_key(version: int) -> bool:
    """Destroy a signing key that signs no more; its public half lives on in the ledger. False when it is long gone.

    The key store forgets it first: killed between the two, the file is an extra one, not a lost one.
    """
    ring = current_ring()
    if version not in ring.signing_versions():
        return False
    RingMark.objects.filter(name=f"signing-{version:04d}.pem").delete()
    ring.destroy_signing(version)
    return True
