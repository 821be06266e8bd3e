"""Fill the queue for a measurement: `python -m tests.bench.load CLIPS` prints one API token a line.

Rows are made as ingest would make them, with a key and a sealed transcript of their own, but in bulk and without
audio, which claim and submit never touch.
"""

from __future__ import annotations

import os
import secrets
import sys
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import django
from django.db import transaction

ACCOUNTS = 96
BATCH = 2_000


def main(wanted: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from project.accounts.access import Role
    from project.accounts.models import User
    from project.accounts.tokens import issue_token
    from reviews.models import Clip
    from reviews.states import ClipState

    have = Clip.objects.filter(state=ClipState.QUEUED).count()
    start = timezone.now() - timedelta(days=2)
    while have < wanted:
        count = min(BATCH, wanted - have)
        _insert(count, start)
        have += count
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reviews_clip")
    for _ in range(ACCOUNTS):
        user = User(email=f"bench-{uuid4().hex}@earshot.example", roles=[Role.REVIEWER.value], locales=["en-US"])
        user.set_unusable_password()
        user.save()
        print(issue_token(user))


def _insert(count: int, start: datetime) -> None:
    """Keys first, as at ingest; one commit for many, since making keys is not what is measured here."""
    from project import vault
    from project.vault import keystore
    from reviews.models import Clip

    handles = [
        keystore.DataKeyHandle(uuid4(), uuid4(), keystore.Kind("clip"), keystore.Key(secrets.token_bytes(32)))
        for _ in range(count)
    ]
    with transaction.atomic(using=keystore.KEYS):
        master = keystore._wrapping_master()
        material = keystore.current_ring().master(master.version)
        keystore.DataKey.objects.bulk_create(_key_row(one, master.version, material, start) for one in handles)
    rows = []
    for number, handle in enumerate(handles):
        at = start + timedelta(milliseconds=number)
        words = vault.seal_text(handle.object_id, "clip.sealed_transcript", "what is the weather", key=handle.key)
        rows.append(
            Clip(
                id=handle.object_id,
                locale="en-US",
                duration_ms=3_000,
                sample_rate=16_000,
                channels=1,
                audio_format="WAV",
                byte_size=96_044,
                sha256=secrets.token_hex(32),
                external_ref_hmac=secrets.token_bytes(32),
                sealed_transcript=words,
                predicted_severity=number % 2,
                ingested_at=at,
                queued_at=at,
            )
        )
    Clip.objects.bulk_create(rows)


def _key_row(handle: Any, version: int, material: Any, at: datetime) -> Any:
    from project.vault import keystore

    bound = {"object_id": handle.object_id, "kind": handle.kind, "version": version}
    wrapped = keystore.wrap(material, handle.key, **bound)
    return keystore.DataKey(
        object_id=handle.object_id,
        key_id=handle.key_id,
        kind=handle.kind,
        wrapped=wrapped,
        master_version=version,
        created_at=at,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    main(int(sys.argv[1]))
