"""Passing from one signing key to the next.

A new key is made aside, the change is written down and signed by the old key and the new one (keychain.py), and a head
is signed by both in the same transaction. For a while after that both sign every head, so that whatever the old key
still certified in that moment gets a head under the same key. Then the old private key is destroyed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from project import vault
from project.ledger import keychain, sealing, tree
from project.ledger.events import Event
from project.ledger.keynames import public_key_id
from project.ledger.models import KeyChange
from project.ledger.recording import record

BOTH_SIGN_FOR: Final = timedelta(hours=24)  # ours: far longer than any certificate takes from signature to seal


def rotate(*, now: datetime) -> int:
    """Let a new signing key take over; returns its version. Killed anywhere, calling it again goes on.

    1. Make the key aside. 2. In one transaction: the change signed by both, its ledger entry, a head signed by both.
    3. Put the key in its place: from here on it signs.
    """
    finish(now=now)
    version = max(vault.signing_keys()) + 1
    new = vault.stage_signing_key(version)
    with transaction.atomic(durable=True):
        _wait_for_the_sealer()
        if not KeyChange.objects.filter(pk=version).exists():
            _write_down(version, vault.signing_key(), new, now)
    vault.publish_signing_key(version)
    return version


def _write_down(version: int, old: Ed25519PrivateKey, new: Ed25519PrivateKey, now: datetime) -> None:
    change = KeyChange.objects.create(
        version=version, at=now, both_sign_until=now + BOTH_SIGN_FOR, note=keychain.write(version, old, new, now)
    )
    record(
        Event.SIGNING_KEY_ROTATED,
        actor=None,
        subject=change,
        now=now,
        old_key=public_key_id(old.public_key()),
        new_key=public_key_id(new.public_key()),
    )
    sealing.sign_head(tree.frontier(tree.size()), now, [old, new])


def finish(*, now: datetime) -> list[int]:
    """Finish a change that was interrupted, and destroy keys whose time is over; returns the versions destroyed."""
    for version in KeyChange.objects.values_list("version", flat=True).order_by("-version")[:1]:
        if version not in vault.signing_keys():
            vault.publish_signing_key(version)
    over = KeyChange.objects.filter(both_sign_until__lte=now).order_by("version")
    return [change.version - 1 for change in over if _retire(change, now)]


def _retire(change: KeyChange, now: datetime) -> bool:
    if not vault.retire_signing_key(change.version - 1):
        return False
    with transaction.atomic(durable=True):
        record(Event.SIGNING_KEY_RETIRED, actor=None, subject=change, now=now, version=change.version - 1)
    return True


def _wait_for_the_sealer() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])
