"""Sealed clips and their erasures for tests: real keys, real bytes, real rows, without decoding audio."""

import hashlib
import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from project import vault
from project.accounts.models import User
from reviews.actions.erasures import order_erasure
from reviews.erasure_states import Reason
from reviews.models import Clip, Erasure
from reviews.states import ClipState

TRANSCRIPT = "my card number is five five zero zero and my sister's name is Philippa Quenington"


def sealed_clip(now: datetime, *, audio: bytes | None = None, subject_ref: str = "", **columns: object) -> Clip:
    """A clip as ingest leaves it: key, three blobs, sealed columns. `columns` overrides plain ones."""
    audio = audio if audio is not None else os.urandom(70_000)
    clip_id = uuid4()
    key = vault.create_key(clip_id, "clip").key
    for part, data in (("audio", audio), ("softened", audio[::-1]), ("peaks", json.dumps([1, 2, 3]).encode())):
        vault.put_blob(clip_id, part, [data], key=key)
    given = {
        "state": ClipState.QUEUED,
        "locale": "en-US",
        "duration_ms": 4200,
        "sample_rate": 16000,
        "channels": 1,
        "audio_format": "wav",
        "byte_size": len(audio),
        "sha256": hashlib.sha256(audio).hexdigest(),
        "external_ref_hmac": vault.lookup_hmac("external_ref", str(clip_id)),
        "subject_ref_hmac": vault.lookup_hmac("subject_ref", subject_ref) if subject_ref else None,
        "sealed_source": vault.seal_text(clip_id, "clip.sealed_source", '{"external_ref": "x"}', key=key),
        "sealed_transcript": vault.seal_text(clip_id, "clip.sealed_transcript", TRANSCRIPT, key=key),
        "recorded_at": now,
        "predicted_severity": 2,
        "predicted_categories": ["payment_card"],
        "ingested_at": now,
        "queued_at": now,
    }
    return Clip.objects.create(id=clip_id, **{**given, **columns})


def ordered(clip: Clip, now: datetime, *, reason: Reason = Reason.CRITICAL_DATA, actor: User | None = None) -> Erasure:
    """An erasure ordered for this clip, in a transaction of its own."""
    with transaction.atomic():
        locked = Clip.objects.select_for_update(no_key=True).get(pk=clip.pk)
        return order_erasure(locked, reason, actor=actor, now=now)


def key_is_there(clip_id: UUID) -> bool:
    """True while the clip can be opened."""
    try:
        vault.data_key(clip_id)
    except vault.KeyGone:
        return False
    return True


def with_own_stores(settings: Any, folder: Path) -> None:
    """A blob store of this test alone, and the session's keys with tombstones of this test alone."""
    ring = folder / "own-ring"
    shutil.copytree(settings.KEYRING, ring, ignore=shutil.ignore_patterns(vault.tombstones.NAME))
    settings.VAULT_URL, settings.KEYRING = str(folder / "blobs"), str(ring)
