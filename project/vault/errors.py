"""What the vault refuses. Messages name objects by id and never hold a key or content."""

from __future__ import annotations


class VaultError(Exception):
    """Base of everything the vault raises."""


class KeyGone(VaultError):
    """The object's data key is not in the key store: it was shredded, or never made."""


class KeyExists(VaultError):
    """The object already has a data key; a second one would orphan what the first one sealed."""


class InsideKeysTransaction(VaultError):
    """A key must be committed before anything is sealed with it, so it can't be made inside a transaction."""


class RingFault(VaultError):
    """The key ring is missing, unreadable, or not the one that this key store was written with."""


class Tampered(VaultError):
    """Sealed bytes don't open: changed, cut, reordered, or taken from another object or field."""


class BlobAbsent(VaultError):
    """No such part of this object is in the blob store."""
