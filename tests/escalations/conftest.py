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
from django.db import transaction

from escalations.actions.approvals import approve
from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.merging import merge
from escalations.actions.moves import Words, act
from escalations.actions.standing import proposals_on
from escalations.models import Case
from escalations.states import Decision, State, Tier
from project import vault
from project.accounts.models import User
from reviews.models import Clip
from tests.escalations.export_fixtures import give, identity, joined, legal_case, opened, recorded

__all__ = ["give", "identity", "joined", "legal_case", "opened", "recorded"]

SECONDS, RATE = 2, 16_000


def tone(seconds: int = SECONDS, audio_format: str = "WAV") -> bytes:
    """A quiet tone as a file."""
    wave = 0.1 * np.sin(2 * np.pi * 440 * np.arange(seconds * RATE) / RATE)
    out = io.BytesIO()
    soundfile.write(out, wave, RATE, format=audio_format)
    return out.getvalue()


@pytest.fixture(scope="session")
def sounds() -> dict[str, bytes]:
    peaks = json.dumps({"peaks": [-10, 10] * 100, "loud": [[500, 700]], "duration_ms": 2000}).encode()
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
            "channels": 1, "audio_format": "wav", "byte_size": len(sounds["audio"]), "sha256": "0" * 64,
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
_STEPS = {
    State.REPORTED: (),
    State.ACKNOWLEDGED: ("acknowledge",),
    State.NEEDS_INFORMATION: ("acknowledge", "request-information"),
    State.TRIAGED: ("acknowledge", "triage"),
    State.DISMISSED: ("acknowledge", "triage", "dismiss"),
    State.WITH_LEGAL: ("acknowledge", "triage", "refer"),
    State.DECIDED: ("acknowledge", "triage", "refer", "decide"),
    State.CLOSED: ("acknowledge", "triage", "refer", "decide", "close"),
    State.REOPENED: ("acknowledge", "triage", "refer", "decide", "reopen"),
}


@pytest.fixture
def bring(
    request: pytest.FixtureRequest,
    supervisor: User,
    other_supervisor: User,
    legal: User,
    other_legal: User,
    now: datetime,
) -> Bring:
    """Bring a case to a state by the acts of the people who may."""
    first = dict.fromkeys(("decide", "close", "reopen"), legal)
    second = {"dismiss": other_supervisor, "decide": other_legal}

    def into_a_new_one(case: Case, now: datetime) -> Case:
        make_clip, report = request.getfixturevalue("make_clip"), request.getfixturevalue("report")
        other = report(clip_id=make_clip(now).pk, reporter=request.getfixturevalue("other_reviewer"), now=now)
        words = Words(into=other.pk, reason="the same evening")
        return merge(case.pk, words, acting_user=supervisor, now=now)

    def to(
        case: Case, state: State, *, tier: Tier = Tier.T1, decision: Decision = Decision.REPORT, now: datetime = now
    ) -> Case:
        words = {
            "triage": Words(tier=tier, facts="shouting, then a thud"),
            "dismiss": Words(reason="a film was on"),
            "decide": Words(decision=decision, reason="an offence is likely"),
        }
        if state == State.MERGED:
            return into_a_new_one(case, now)
        for verb in _STEPS[state]:
            case = act(case.pk, verb, words.get(verb, Words()), acting_user=first.get(verb, supervisor), now=now)
            if proposals_on(case) and verb in second and case.state != State.DECIDED:
                case = approve(case.pk, acting_user=second[verb], now=now)
        return case

    return to
