"""Which keys sign heads, which may be trusted, and which are published. Passing to a new one: actions.signing_keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from project import vault
from project.ledger import keychain
from project.ledger.keynames import public_key_id
from project.ledger.models import Checkpoint, KeyChange


def signers(now: datetime) -> list[Ed25519PrivateKey]:
    """The keys that sign a head at `now`: the newest, and before it any whose time together is not over."""
    keys = vault.signing_keys()
    going = KeyChange.objects.filter(both_sign_until__gt=now).values_list("version", flat=True)
    wanted = {max(keys), *(version - 1 for version in going)}
    return [keys[version] for version in sorted(wanted & keys.keys())]


def known_keys(trusted: Iterable[Ed25519PublicKey] | None = None) -> list[Ed25519PublicKey]:
    """The trusted keys (without any: the ring's own) and every key that the recorded changes lead to from them."""
    start = vault.public_keys() if trusted is None else list(trusted)
    return keychain.reachable(start, KeyChange.objects.order_by("version").values_list("note", flat=True))


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key as the ledger publishes it. It signs from `since` until `until`; None: from the start, until now."""

    id: str
    version: int
    pem: str
    since: datetime | None
    until: datetime | None
    change: str


def published() -> list[PublishedKey]:
    """Every key that this ledger was or is signed with, newest first. `change`: the note by which it took over."""
    changes = list(KeyChange.objects.order_by("version"))
    if not changes:
        return [_published(max(vault.signing_keys(), default=1), vault.signing_key().public_key(), None, None)]
    keys = [(changes[0].version - 1, keychain.read(changes[0].note).old)]
    keys += [(change.version, keychain.read(change.note).new) for change in changes]
    pairs = zip(keys, [None, *changes], [*changes, None], strict=True)
    return [_published(version, key, started, ended) for (version, key), started, ended in pairs][::-1]


def _published(version: int, key: Ed25519PublicKey, started: KeyChange | None, ended: KeyChange | None) -> PublishedKey:
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublishedKey(
        id=public_key_id(key),
        version=version,
        pem=pem,
        since=started.at if started else None,
        until=ended.both_sign_until if ended else None,
        change=started.note if started else "",
    )


def last_head_of(key: str) -> Checkpoint | None:
    """The newest head that the key with this id signed; None for a key that is not ours, or that signed none."""
    found = next((one for one in published() if one.id == key), None)
    if found is None:
        return None
    heads = Checkpoint.objects.all() if found.until is None else Checkpoint.objects.filter(at__lt=found.until)
    return heads.order_by("-at", "-id").first()
