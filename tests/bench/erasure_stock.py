"""Clips for a measurement of erasures: real keys, sealed files and rows, flagged and ordered; no audio inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

BATCH = 500
PARTS = {"audio": 100_000, "softened": 20_000, "peaks": 3_000}


def flagged(count: int, now: datetime, *, parts: dict[str, int] | None = None) -> Iterator[list[Any]]:
    """Batches of clips that a listener has heard and found critical data in: key, files, lease, review, flag."""
    from project import vault

    who, shift = somebody(now)
    sizes = PARTS if parts is None else parts
    bytes_of = {part: os.urandom(size) for part, size in sizes.items()}
    for start in range(0, count, BATCH):
        ids = [uuid4() for _ in range(min(BATCH, count - start))]
        keys = vault.create_keys(ids, "clip")
        vault.put_blobs((one, part, [data], keys[one].key) for one in ids for part, data in bytes_of.items())
        yield _rows(ids, keys, who, shift, now)


def somebody(now: datetime) -> tuple[Any, Any]:
    """A listener and their shift."""
    from project.accounts.models import Team, User
    from reviews.models import Shift

    team, _ = Team.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    person, _ = User.objects.get_or_create(
        email="listener@bench.example", defaults={"name": "Listener", "team": team, "roles": ["reviewer"]}
    )
    shift = Shift.objects.filter(person=person).first()
    return person, shift or Shift.objects.create(
        person=person, started_at=now, ends_at=now + timedelta(hours=9), max_clips=600
    )


def _rows(ids: list[UUID], keys: Any, who: Any, shift: Any, now: datetime) -> list[Any]:
    from project import vault
    from reviews.models import Clip, Flag, Lease, Review

    clips = [
        Clip(
            id=one, state="reviewed", locale="en-US", duration_ms=4200, sample_rate=16000, channels=1,
            audio_format="wav", byte_size=100_000, sha256="0" * 64, external_ref_hmac=one.bytes * 2,
            sealed_source=vault.seal_text(one, "clip.sealed_source", "{}", key=keys[one].key),
            sealed_transcript=vault.seal_text(one, "clip.sealed_transcript", "words", key=keys[one].key),
            ingested_at=now, queued_at=now, reviewed_at=now, reviews_done=1,
        )
        for one in ids
    ]  # fmt: skip
    later = now + timedelta(minutes=3)
    leases = [
        Lease(clip=one, shift=shift, person=who, state="reviewed", claimed_at=now, expires_at=later, ended_at=now)
        for one in clips
    ]
    reviews = [
        Review(clip=c, lease=lease, person=who, reviewed_at=now, activation="right", severity=1)
        for c, lease in zip(clips, leases, strict=True)
    ]
    flags = [
        Flag(clip=c, review=r, kind="critical", category="phone", start_ms=1, end_ms=900, raised_at=now)
        for c, r in zip(clips, reviews, strict=True)
    ]
    with transaction.atomic():
        Clip.objects.bulk_create(clips)
        Lease.objects.bulk_create(leases)
        Review.objects.bulk_create(reviews)
        Flag.objects.bulk_create(flags)
    return clips


def ordered(clips: list[Any], reason: str, now: datetime) -> None:
    """Their erasures, as a flag or a run orders them; nobody is told, so that the workers measured do all of it."""
    from reviews.actions.erasure_orders import Terms, order_erasures
    from reviews.erasure_states import Reason
    from reviews.models import Clip

    with transaction.atomic():
        locked = list(Clip.objects.select_for_update(no_key=True).filter(pk__in=[c.pk for c in clips]).order_by("pk"))
        order_erasures(locked, Terms(Reason(reason)), actor=None, now=now)


def leased(count: int, now: datetime) -> list[Any]:
    """Clips on a listener's desk, one after the other to be flagged."""
    from reviews.models import Clip, Lease

    who, shift = somebody(now)
    clips = [clip for batch in flagged(count, now) for clip in batch]
    Clip.objects.filter(pk__in=[clip.pk for clip in clips]).update(state="leased", reviews_done=0)
    _forget(clips)
    leases = [
        Lease(clip=one, shift=shift, person=who, state="live", claimed_at=now, expires_at=now + timedelta(hours=1))
        for one in clips
    ]
    return Lease.objects.bulk_create(leases)


def _forget(clips: list[Any]) -> None:
    """The reviews they came with, so that they can be reviewed."""
    from reviews.models import Flag, Lease, Review

    for model in (Flag, Review, Lease):
        model.objects.filter(clip__in=[clip.pk for clip in clips]).delete()
