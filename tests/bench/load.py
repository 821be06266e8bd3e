"""What is in the stores before a measurement. Needs Django set up for the instance that is measured.

Clips that a run will really take are made as ingest makes them, with a key and a sealed transcript of their own; the
rest of a long queue, and what was reviewed long ago, comes from one SQL statement and is never opened.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

BATCH: Final = 2_000
CLIP_MS: Final = 3_000
_MANY: Final = """
INSERT INTO reviews_clip (
    id, state, locale, duration_ms, sample_rate, channels, audio_format, byte_size, sha256, external_ref_hmac,
    sealed_transcript, trigger, predicted_severity, predicted_categories, priority, ingested_at, queued_at,
    reviewed_at, reviews_wanted, reviews_done, seen_by, is_in_feed
)
SELECT gen_random_uuid(), %(state)s, 'en-US', 3000, 16000, 1, 'WAV', 96044, encode(sha256(n::text::bytea), 'hex'),
       sha256((%(tag)s || n)::bytea), decode(repeat('5a', 60), 'hex'), 'wake_word', n %% 2, '{}', 0,
       %(at)s + n * interval '1 millisecond', %(at)s + n * interval '1 millisecond',
       CASE WHEN %(done)s THEN now() END, 1, %(done)s::int,
       CASE WHEN %(done)s THEN ARRAY[gen_random_uuid()] ELSE '{}' END, false
FROM generate_series(1, %(count)s) AS n
"""


def queued() -> int:
    return _count("queued")


def fill(wanted: int, *, to_take: int, reviewed: int = 0) -> None:
    """At least `wanted` clips queued, those at the head whole; and `reviewed` clips that are done."""
    now = timezone.now()
    if reviewed > _count("reviewed"):
        _bulk("reviewed", reviewed - _count("reviewed"), now - timedelta(days=9))
    missing = wanted - queued()
    if missing > to_take:
        _bulk("queued", missing - to_take, now - timedelta(days=1))
        missing = to_take
    for start in range(0, missing, BATCH):
        _whole(min(BATCH, missing - start), now - timedelta(days=2) + timedelta(milliseconds=start))


def settle() -> None:
    """As autovacuum would leave it after a while: statistics fresh, pages known to be visible."""
    with connection.cursor() as cursor:
        for table in ("reviews_clip", "reviews_lease", "bench_task"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


def bare_tasks(count: int, done: int) -> None:
    """The floor's tables, as large as ours, with as many done."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_task, bench_review")
        cursor.execute("CREATE TABLE bench_task (id bigserial PRIMARY KEY, taken boolean NOT NULL DEFAULT false)")
        cursor.execute(
            "CREATE TABLE bench_review (id bigserial PRIMARY KEY, task bigint, said int, at timestamptz DEFAULT now())"
        )
        cursor.execute(
            "INSERT INTO bench_task (taken) SELECT n <= %s FROM generate_series(1, %s) AS n", [done, done + count]
        )
        cursor.execute("CREATE INDEX bench_open ON bench_task (id) WHERE NOT taken")


def accounts(count: int) -> list[str]:
    """Tokens of that many new reviewers."""
    from project.accounts.access import Role
    from project.accounts.models import User
    from project.accounts.tokens import issue_token

    found = []
    with transaction.atomic():
        for _ in range(count):
            user = User(email=f"bench-{uuid4().hex}@earshot.example", roles=[Role.REVIEWER.value], locales=["en-US"])
            user.set_unusable_password()
            user.save()
            found.append(issue_token(user))
    return found


def with_audio(count: int) -> None:
    """Whole clips with sound, handed in by the action that the API calls, at the head of the queue."""
    import numpy
    import soundfile

    from reviews.actions.clips import Handed, ingest_clip

    generator = numpy.random.default_rng(7)
    for _ in range(count):
        buffer = BytesIO()
        soundfile.write(buffer, generator.normal(0, 0.05, 16 * CLIP_MS), 16_000, format="WAV")
        told = Handed(
            external_ref=uuid4().hex,
            locale="en-US",
            transcript="what is the weather",
            predicted_severity=1,
            priority=9,
        )
        ingest_clip(buffer.getvalue(), told, acting_user=None, now=timezone.now())


def _count(state: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reviews_clip WHERE state = %s", [state])
        return int(cursor.fetchone()[0])


def _bulk(state: str, count: int, at: datetime) -> None:
    values = {"state": state, "done": state == "reviewed", "tag": uuid4().hex, "at": at, "count": count}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_MANY, values)
        cursor.execute("RESET statement_timeout")


def _whole(count: int, start: datetime) -> None:
    """Keys first, as at ingest; one commit for many, since making keys is not what is measured here."""
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
    Clip.objects.bulk_create(_clips(handles, start))


def _clips(handles: list[Any], start: datetime) -> Iterator[Any]:
    from project import vault
    from reviews.models import Clip

    for number, handle in enumerate(handles):
        at = start + timedelta(milliseconds=number)
        words = vault.seal_text(handle.object_id, "clip.sealed_transcript", "what is the weather", key=handle.key)
        yield Clip(
            id=handle.object_id,
            locale="en-US",
            duration_ms=CLIP_MS,
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
