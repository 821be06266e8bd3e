"""Fill the queue for a measurement: `python -m tests.bench.load CLIPS` prints one API token a line.

Rows are made as ingest would make them, with a key and a sealed transcript of their own, but in bulk and without
audio, which claim and submit never touch.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from uuid import uuid4

import django

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


def _insert(count: int, start: object) -> None:
    import secrets
    from datetime import timedelta

    from project import vault
    from reviews.models import Clip

    rows = []
    for number in range(count):
        clip_id = uuid4()
        handle = vault.create_key(clip_id, "clip")
        rows.append(
            Clip(
                id=clip_id,
                locale="en-US",
                duration_ms=3_000,
                sample_rate=16_000,
                channels=1,
                audio_format="WAV",
                byte_size=96_044,
                sha256=secrets.token_hex(32),
                external_ref_hmac=secrets.token_bytes(32),
                sealed_transcript=vault.seal_text(
                    clip_id, "clip.sealed_transcript", "what is the weather", key=handle.key
                ),
                predicted_severity=number % 2,
                ingested_at=start + timedelta(milliseconds=number),
                queued_at=start + timedelta(milliseconds=number),
            )
        )
    Clip.objects.bulk_create(rows)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    main(int(sys.argv[1]))
