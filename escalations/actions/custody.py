"""Open evidence for a purpose, serve its sound, count what was heard. The custody row comes before any sound."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Final, cast
from uuid import UUID

from django.apps import apps
from django.db import transaction

from escalations.access import exhibit_for, opening_for
from escalations.actions.holds import PAST_RECALL
from escalations.actions.ties import refuse_tied
from escalations.actions.timeline import write_event
from escalations.masking import masked
from escalations.merged import refuse_merged
from escalations.models import Case, Opening
from escalations.sealing import seal_words
from escalations.states import Tier
from escalations.watched import Watched
from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Absent, Conflict, Gone
from project.ranges import ByteRange, asked_range
from project.sound import CONTENT_TYPES
from wellbeing.actions.exposure import note_sound
from wellbeing.actions.pace import evidence_pace_for

# Our own default: long enough to hear a clip of half an hour with breaks, short enough that a purpose stays true.
OPEN_FOR: Final = timedelta(hours=1)


class Version(StrEnum):
    """What may be heard: the softened rendering first, then the sealed original."""

    SOFTENED = "softened"
    ORIGINAL = "original"


_PART: Final = {Version.SOFTENED: "softened", Version.ORIGINAL: "audio"}
WORKING_COPY: Final = "redacted-softened"


class OpeningOver(Conflict):
    code = "opening-over"
    title = "This opening of the evidence is over. Open it again and say what for."


class SoftenedFirst(Conflict):
    code = "softened-first"
    title = "Hear the softened version first."


class RestFirst(Conflict):
    code = "rest-first"
    title = "Please rest before you hear more."


@dataclass(frozen=True, slots=True)
class Sound:
    """An open part of the vault, the range of it that is to be served, and its media type."""

    reader: Watched
    asked: ByteRange
    content_type: str


def open_evidence(case_id: UUID, number: int, *, purpose: str, acting_user: User, now: datetime) -> Opening:
    """Write down that this person opens an exhibit, and what for. Nothing can be heard before this row commits.

    Listening to evidence counts as exposure; who is due a rest rests first, unless life is in danger (T0).
    Raises Absent, TiedToCase, Gone for erased evidence, RestFirst.
    """
    exhibit = exhibit_for(acting_user, case_id, number)
    refuse_merged(exhibit.case)
    refuse_tied(acting_user, exhibit.case)
    if clip_of(exhibit.clip_id).state in PAST_RECALL:
        raise Gone
    _refuse_tired(acting_user, exhibit.case, now)
    key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        opening = Opening(
            case=exhibit.case, exhibit=exhibit, person=acting_user, opened_at=now, expires_at=now + OPEN_FOR
        )
        opening.sealed_purpose = seal_words(case_id, opening, "sealed_purpose", purpose, key=key)
        opening.save(force_insert=True)
        write_event(exhibit.case, "evidence-opened", now=now, actor=acting_user, exhibit=exhibit.number)
        ledger.record(
            Event.EVIDENCE_OPENED, actor=acting_user, subject=opening, now=now, case=case_id, clip=exhibit.clip_id
        )
    return opening


def clip_of(clip_id: UUID) -> Any:
    return apps.get_model("reviews", "Clip")._default_manager.get(pk=clip_id)


def _refuse_tired(person: User, case: Case, now: datetime) -> None:
    pace = evidence_pace_for(person.pk, now=now)
    if not pace.may_go and case.tier != Tier.T0:
        raise RestFirst(pace.reason, pace=pace.as_json())


def serve(opening_id: UUID, version: Version, *, header: str | None, acting_user: User, now: datetime) -> Sound:
    """Sound of an opening: its row says so, and the exposure is counted, before the first byte leaves.

    `header` is the request's Range. Raises Absent, OpeningOver, SoftenedFirst, Gone, RangeNotSatisfiable.
    """
    opening = opening_for(acting_user, opening_id)
    clip = clip_of(opening.exhibit.clip_id)
    kind = _media_type(clip, version)
    reader = _open_version(clip.vault_id, version)
    try:
        asked = asked_range(header, reader.size)
        with transaction.atomic(durable=True):
            _note_served(opening.pk, version, now)
            served = asked.share_ms(clip.duration_ms)
            note_sound(acting_user.pk, opening.pk, served_ms=served, severity=clip.predicted_severity, now=now)
    except BaseException:
        reader.close()
        raise
    return Sound(Watched(reader, partial(_still_may, opening_id, acting_user.pk)), asked, kind)


def _still_may(opening_id: UUID, person_id: UUID) -> bool:
    """Asked while the sound is served: the account, its role, a grant or the case may have changed meanwhile."""
    try:
        opening_for(User.objects.get(pk=person_id), opening_id)
    except Absent:
        return False
    return True


def _open_version(vault_id: UUID, version: Version) -> vault.BlobReader:
    """Where a held clip holds critical data, its softened rendering is the working copy: those spans are silent in it.
    The original stays in quarantine and is heard, if it must be, for a purpose like any.
    """
    if version is Version.SOFTENED:
        with suppress(vault.KeyGone, vault.BlobAbsent):
            return vault.open_blob(vault_id, WORKING_COPY)
    return _open_part(vault_id, _PART[version])


def _open_part(vault_id: UUID, part: str) -> vault.BlobReader:
    try:
        return vault.open_blob(vault_id, part)
    except (vault.KeyGone, vault.BlobAbsent) as error:
        raise Gone from error


def _note_served(opening_id: UUID, version: Version, now: datetime) -> None:
    """The first time that a version is served under an opening is a fact of custody."""
    opening = Opening.objects.select_for_update(of=("self",), no_key=True).select_related("exhibit").get(pk=opening_id)
    if opening.expires_at <= now:
        raise OpeningOver
    if version is Version.ORIGINAL and opening.softened_at is None:
        raise SoftenedFirst
    column = f"{version}_at"
    if getattr(opening, column) is None:
        setattr(opening, column, now)
        opening.save(update_fields=[column])
        case, exhibit = opening.case_id, opening.exhibit_id
        ledger.record(
            Event.EVIDENCE_SERVED, actor=opening.person, subject=opening, now=now, case=case, exhibit=exhibit,
            version=version,
        )  # fmt: skip


def _media_type(clip: Any, version: Version) -> str:
    return "audio/flac" if version is Version.SOFTENED else CONTENT_TYPES[clip.audio_format]


def read_peaks(opening_id: UUID, *, acting_user: User) -> Any:
    """The waveform of an opened exhibit, as reviews stored it (JSON). Raises Absent, Gone."""
    opening = opening_for(acting_user, opening_id)
    with _open_part(clip_of(opening.exhibit.clip_id).vault_id, "peaks") as reader:
        return json.loads(reader.read())


def read_transcript(opening: Opening) -> str:
    """The machine's transcript of an opened exhibit, empty where there is none. Raises Gone.

    Where critical data was flagged in the recording, what was said of it is masked.
    """
    clip = clip_of(opening.exhibit.clip_id)
    if clip.sealed_transcript is None:
        return ""
    try:
        text = vault.open_text(clip.vault_id, "clip.sealed_transcript", clip.sealed_transcript)
    except vault.KeyGone as error:
        raise Gone from error
    spans = critical_spans(clip)
    return text if spans is None else masked(text, spans, clip.duration_ms)


def critical_spans(clip: Any) -> list[tuple[int, int]] | None:
    """Where critical data was flagged, as far as flags say where; None where none was flagged."""
    flags = apps.get_model("reviews", "Flag")._default_manager.filter(clip=clip, kind="critical", withdrawn_at=None)
    spans = list(flags.values_list("start_ms", "end_ms"))
    return cast("list[tuple[int, int]]", [span for span in spans if span[0] is not None]) if spans else None


def report_heard(opening_id: UUID, heard_ms: int, *, acting_user: User, now: datetime) -> Opening:
    """The player says how much was heard, replays included. It never shrinks, and the clock on the wall bounds it."""
    opening_for(acting_user, opening_id)
    with transaction.atomic(durable=True):
        opening = Opening.objects.select_for_update(of=("self",), no_key=True).get(pk=opening_id)
        longest = int((now - opening.opened_at) / timedelta(milliseconds=1)) * 2
        opening.heard_ms = max(opening.heard_ms or 0, min(heard_ms, longest))
        opening.save(update_fields=["heard_ms"])
        note_sound(acting_user.pk, opening.pk, heard_ms=opening.heard_ms, now=now)
    return opening


def custody_of(case: Case) -> list[Opening]:
    """Every opening of a case's evidence, oldest first."""
    return list(Opening.objects.filter(case=case).select_related("exhibit", "person"))
