"""A case with real recordings, brought to legal, and its exports."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyrage
import pytest
from django.db import transaction
from django.utils import timezone

from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.export_builds import build
from escalations.actions.exports import approve_export, propose_export
from escalations.export.facts import Profile
from escalations.models import Case, Exhibit, Export
from escalations.states import State
from project.accounts.models import User
from reviews.actions.clips import Handed, ingest_clip
from reviews.models import Clip
from tests.escalations.export_facts import tone

Bring = Callable[..., Case]
Give = Callable[..., Export]


@pytest.fixture
def identity() -> pyrage.x25519.Identity:
    """The recipient's key pair."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def recorded(ingest_service: User, now: datetime) -> Callable[..., Clip]:
    """A recording taken in as the source would hand it in, and quarantined as a flag would."""

    def take(reference: str = "call-1", audio: bytes | None = None) -> Clip:
        handed = Handed(external_ref=reference, subject_ref="household-7", transcript="turn off the light")
        clip = ingest_clip(audio or tone(), handed, acting_user=ingest_service, now=now).clip
        Clip.objects.filter(pk=clip.pk).update(state="quarantined")
        return Clip.objects.get(pk=clip.pk)

    return take


@pytest.fixture
def legal_case(recorded: Callable[..., Clip], reviewer: User, supervisor: User, bring: Bring, now: datetime) -> Case:
    """One recording, reported, triaged and referred."""
    case_id = prepare_case_key()
    clip = recorded()
    with transaction.atomic():
        case = open_case(
            clip.pk, reporter=reviewer, category="violence", danger_now=False, start_ms=100, end_ms=900,
            note="shouting", now=now, case_id=case_id,
        )  # fmt: skip
    return bring(case, State.WITH_LEGAL)


@pytest.fixture
def joined(now: datetime) -> Callable[[Case, Clip], Exhibit]:
    """Another recording becomes evidence of the same case."""

    def join(case: Case, clip: Clip) -> Exhibit:
        return Exhibit.objects.create(case=case, clip=clip, number=case.exhibits.count() + 1, added_at=now)

    return join


@pytest.fixture
def give(legal: User, other_legal: User, identity: pyrage.x25519.Identity, now: datetime) -> Give:
    """An export as it stands after the asked-for step: proposed, approved or ready."""

    def step(case: Case, until: str = "ready", profile: Profile = Profile.LAW_ENFORCEMENT) -> Export:
        export = propose_export(
            case.pk, profile=profile, recipients=[str(identity.to_public())], reason="asked for by the police",
            acting_user=legal, now=now,
        )  # fmt: skip
        if until != "proposed":
            approve_export(export.pk, acting_user=other_legal, now=now)
        if until == "ready":
            build(export.pk, clock=timezone.now)
        return Export.objects.get(pk=export.pk)

    return step


@pytest.fixture
def opened(identity: pyrage.x25519.Identity) -> Callable[[bytes, Path], Path]:
    """What the recipient has after decrypting and unpacking: the bag's folder."""

    def unpack(file: bytes, folder: Path) -> Path:
        with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(file, [identity]))) as tar:
            tar.extractall(folder, filter="data")
        (root,) = folder.iterdir()
        return root

    return unpack
