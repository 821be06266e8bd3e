"""Clips with sound, and cases brought to each state by the acts that lead there."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest
import soundfile

from escalations.actions.approvals import approve
from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.moves import Words, act
from escalations.models import Case
from escalations.states import Decision, State, Tier
from project import vault
from project.accounts.models import User
from reviews.models import Clip

SECONDS, RATE = 2, 16_000


def tone(seconds: int = SECONDS, audio_format: str = "WAV") -> bytes:
    """A quiet tone as a file."""
    wave = 0.1 * np.sin(2 * np.pi * 440 * np.arange(seconds * RATE) / RATE)
    out = io.BytesIO()
    soundfile.write(out, wave, RATE, format=audio_format)
    return out.getvalue()


@pytest.fixture(scope="session")
def sounds() -> dict[str, bytes]:
    peaks = json.dumps([-10, 10] * 100).encode()
    return {"audio": tone(), "softened": tone(audio_format="FLAC"), "peaks": peaks}


@pytest.fixture
def make_clip(db: None, sounds: dict[str, bytes]) -> Callable[..., Clip]:
    def make(now: datetime, **fields: Any) -> Clip:
        clip_id = uuid.uuid4()
        vault.create_key(clip_id, "clip")
        for part, content in sounds.items():
            vault.put_blob(clip_id, part, [content])
        values: dict[str, Any] = {
            "state": "quarantined", "locale": "en-US", "duration_ms": SECONDS * 1000, "sample_rate": RATE,
            "channels": 1, "audio_format": "WAV", "byte_size": len(sounds["audio"]), "sha256": "0" * 64,
            "external_ref_hmac": clip_id.bytes * 2, "ingested_at": now, "queued_at": now,
            "sealed_transcript": vault.seal_text(clip_id, "clip.sealed_transcript", "turn off the light"),
        }  # fmt: skip
        return Clip.objects.create(pk=clip_id, **(values | fields))

    return make


@pytest.fixture
def clip(make_clip: Callable[..., Clip], now: datetime) -> Clip:
    return make_clip(now)


@pytest.fixture
def report(clip: Clip, reviewer: User, now: datetime) -> Callable[..., Case]:
    """Report the clip as the reviewer would by a flag."""

    def make(**fields: Any) -> Case:
        from django.db import transaction

        case_id = prepare_case_key()
        values: dict[str, Any] = {
            "reporter": reviewer, "category": "violence", "danger_now": False, "start_ms": 100, "end_ms": 900,
            "note": "somebody cries for help", "now": now, "case_id": case_id,
        }  # fmt: skip
        clip_id = fields.pop("clip_id", clip.pk)
        with transaction.atomic():
            return open_case(clip_id, **(values | fields))

    return make


@pytest.fixture
def case(report: Callable[..., Case], supervisor: User) -> Case:
    return report()


Bring = Callable[..., Case]


@pytest.fixture
def bring(
    supervisor: User, other_supervisor: User, legal: User, other_legal: User, now: datetime
) -> Bring:
    """Bring a case to a state by the acts of the people who may."""

    def do(case: Case, verb: str, by: User, **words: Any) -> Case:
        return act(case.pk, verb, Words(**words), acting_user=by, now=now)

    def to(case: Case, state: State, *, tier: Tier = Tier.T1, decision: Decision = Decision.REPORT) -> Case:
        if state == State.REPORTED:
            return case
        case = do(case, "acknowledge", supervisor)
        if state == State.ACKNOWLEDGED:
            return case
        if state == State.NEEDS_INFORMATION:
            return do(case, "request-information", supervisor)
        case = do(case, "triage", supervisor, tier=tier, facts="shouting, then a thud")
        if state == State.TRIAGED:
            return case
        if state == State.DISMISSED:
            do(case, "dismiss", supervisor, reason="a film was on")
            return approve(case.pk, acting_user=other_supervisor, now=now)
        if tier == Tier.T3:
            return do(case, "close", supervisor)
        case = do(case, "refer", supervisor)
        if state == State.WITH_LEGAL:
            return case
        case = do(case, "decide", legal, decision=decision, reason="an offence is likely")
        if case.state == State.WITH_LEGAL:
            case = approve(case.pk, acting_user=other_legal, now=now)
        if state == State.DECIDED:
            return case
        return do(case, "close" if state == State.CLOSED else "reopen", legal)

    return to
