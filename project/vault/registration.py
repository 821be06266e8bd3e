"""Ties a ring to a key store: registers a new ring's check values, and says what does not fit.

A key store that has been written to names its master keys. If their files are missing or are other keys, nothing may
be sealed: it would be lost. So this is looked at after migrating, at start-up, in /readyz, and at every new key.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from project.vault.errors import RingFault
from project.vault.models import DataKey, MasterKey, RingMark
from project.vault.ring import INDEX, KeyRing, check_value, current_ring
from project.vault.router import KEYS


def ring_after_migrate(*, using: str, **kwargs: Any) -> None:
    """After `migrate` on the key store: make the first ring, or register one that this new key store doesn't know."""
    if using == KEYS and not MasterKey.objects.exists():
        register_ring(current_ring(), now=timezone.now())


def register_ring(ring: KeyRing, *, now: datetime) -> None:
    """Write a ring's check values into an empty key store, making the ring first where there is none.

    Raises RingFault for a ring that is there in part: somebody lost a file, and guessing would make it worse.
    """
    if ring.is_empty():
        ring.create_all()
    if not (ring.versions() and ring.signing_versions()):
        raise RingFault(f"the key ring {ring.folder} is incomplete; restore it from its backup")
    newest = ring.versions()[-1]
    masters = [
        MasterKey(
            version=version,
            check_value=check_value(bytes(ring.master(version))),
            created_at=now,
            retired_at=None if version == newest else now,
        )
        for version in ring.versions()
    ]
    marks = [RingMark(name=name, check_value=value) for name, value in ring.marks().items()]
    with transaction.atomic(using=KEYS):
        MasterKey.objects.bulk_create(masters, ignore_conflicts=True)
        RingMark.objects.bulk_create(marks, ignore_conflicts=True)


def ring_faults(ring: KeyRing | None = None) -> list[str]:
    """What is wrong between ring and key store, in words for an operator; empty when they fit."""
    ring = ring or current_ring()
    masters = list(MasterKey.objects.filter(destroyed_at=None).order_by("version"))
    if not masters:
        return ["The key store knows no master key: run `manage.py prepare`."]
    faults = [fault for master in masters if (fault := _master_fault(ring, master))]
    return faults + _mark_faults(ring)


def ring_is_wrong() -> str | None:
    """For readiness: a sentence without paths, or None. `manage.py check --database keys` says which key."""
    return "The key ring does not fit the key store." if ring_faults() else None


def require_same(master: MasterKey, material: bytes) -> None:
    """Raise RingFault unless this is the very key that the key store was written with."""
    if not hmac.compare_digest(bytes(master.check_value), check_value(material)):
        raise RingFault(f"master key {master.version} in the ring is not the one this key store was written with")


def _master_fault(ring: KeyRing, master: MasterKey) -> str | None:
    if master.retired_at and master.version not in ring.versions() and not _is_needed(master):
        return None  # a rotation was killed after it destroyed the file and before its row said so; the next one does
    try:
        require_same(master, bytes(ring.master(master.version)))
    except RingFault as fault:
        return str(fault)
    return None


def _is_needed(master: MasterKey) -> bool:
    return DataKey.objects.filter(master_version=master.version).exists()


def _mark_faults(ring: KeyRing) -> list[str]:
    try:
        here = ring.marks()
    except RingFault as fault:
        return [str(fault)]
    known = {mark.name: bytes(mark.check_value) for mark in RingMark.objects.all()}
    if INDEX not in known:
        return [f"The key store does not know {INDEX} of this ring."]
    wrong = [name for name, value in known.items() if not hmac.compare_digest(here.get(name, b""), value)]
    return [f"{ring.folder / name} is not the key this key store was written with" for name in sorted(wrong)]
