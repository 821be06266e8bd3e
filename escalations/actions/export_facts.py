"""What an export says of its case, read from the rows and opened from the vault, as plain data for the builders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import transaction

from escalations.access import family_of
from escalations.actions.export_ledger import extract
from escalations.actions.export_people import People
from escalations.actions.holds import PAST_RECALL
from escalations.export import facts as plain
from escalations.export.facts import Profile
from escalations.export.pieces import Keeper, pieces
from escalations.export.report import columns
from escalations.models import Case, CaseEvent, Export, Opening, Report
from escalations.models import Exhibit as ExhibitRow
from escalations.sealing import open_words, seal_words
from project import ledger, vault
from project.ledger.events import Event
from project.sound import Limits

SOFTWARE = "Earshot 0.1.0"


class NothingToExport(Exception):
    """Every recording of the case has been erased."""


def note_readings(export: Export, kept: Keeper, *, now: datetime) -> None:
    """Before the first byte is read: a custody row for every exhibit that will be, and the ledger says what is opened.

    An attempt that was killed leaves its rows: it did read. What it had finished lies in kept pieces and is not read
    again. Nobody can listen by these rows: they end as they begin.
    """
    if not export.profile_of.carries_redacted:
        return
    key = vault.data_key(export.case_id)
    exhibits = unread(export, kept)
    if not exhibits:
        return
    openings = [opening_of(export, exhibit, key, now) for exhibit in exhibits]
    with transaction.atomic(durable=True):
        Opening.objects.bulk_create(openings, batch_size=500)
        said = {"case": export.case_id, "profile": export.profile, "exhibits": len(exhibits)}
        ledger.record(Event.EXPORT_EVIDENCE_READ, actor=None, subject=export, now=now, attempt=export.attempts, **said)
        if export.profile_of.carries_originals:
            ledger.record(Event.SOURCE_OPENED, actor=None, subject=export, now=now, **said)


def unread(export: Export, kept: Keeper) -> list[ExhibitRow]:
    """The exhibits of which no kept piece has the files. Raises NothingToExport."""
    exhibits = present_exhibits(export.case)
    spans = spans_by_clip([exhibit.clip_id for exhibit in exhibits])
    outlines = [outline_of_row(one, spans.get(one.clip_id, ())) for one in exhibits]
    there = {n for piece in pieces(export.profile_of, outlines) if kept.has(piece.name) for n in piece.numbers}
    return [one for one in exhibits if exhibit_number(one) not in there]


def outline_of_row(exhibit: ExhibitRow, spans: tuple[plain.Span, ...]) -> plain.Outline:
    """The same as the outline of exhibit_facts, without opening anything."""
    clip: Any = exhibit.clip
    silenced = tuple(within(span, clip.duration_ms) for span in spans)
    return plain.Outline(exhibit_number(exhibit), clip.sha256 or "", clip.byte_size, clip.audio_format, silenced)


def opening_of(export: Export, exhibit: ExhibitRow, key: vault.Key, now: datetime) -> Opening:
    """The custody row of one reading, in the name of who asked for the export."""
    opening = Opening(case=export.case, exhibit=exhibit, person=export.proposed_by, opened_at=now, expires_at=now)
    purpose = f"Export {export.pk}, profile {export.profile}"
    opening.sealed_purpose = seal_words(export.case_id, opening, "sealed_purpose", purpose, key=key)
    return opening


def present_exhibits(case: Case) -> list[ExhibitRow]:
    """The case's exhibits whose recordings are still there, by number. Raises NothingToExport."""
    exhibits = list(case.exhibits.select_related("clip").exclude(clip__state__in=PAST_RECALL).order_by("number"))
    if not exhibits:
        raise NothingToExport
    return exhibits


def gather(export: Export, *, now: datetime) -> plain.ExportFacts:
    """Everything the builders need, opened as far as the profile allows. Raises vault.KeyGone, NothingToExport."""
    profile, people = export.profile_of, People(export.case, named=export.profile_of.names_people)
    exhibits = present_exhibits(export.case)
    spans = spans_by_clip([exhibit.clip_id for exhibit in exhibits])
    assert export.approved_by is not None  # a database constraint
    return plain.ExportFacts(
        export_id=export.pk,
        profile=profile,
        organization=settings.ORGANIZATION,
        software=SOFTWARE,
        built_at=now,
        requested_by=people.name(export.proposed_by),
        approved_by=people.name(export.approved_by) + (" (alone, danger to life now)" if export.emergency else ""),
        case=case_facts(export.case),
        exhibits=tuple(exhibit_facts(one, profile, spans.get(one.clip_id, ())) for one in exhibits),
        custody=tuple(sorted(custody(export.case, exhibits, people), key=lambda entry: entry.at)),
        timeline=tuple(timeline(export.case, people)),
        ledger=extract(export, [one.clip_id for one in exhibits], named=profile.names_people),
    )


def case_facts(case: Case) -> plain.CaseFacts:
    """The case itself."""
    categories = tuple(case.reports.order_by("category").values_list("category", flat=True).distinct())
    return plain.CaseFacts(case.pk, case.number, case.state, case.tier, categories, case.opened_at, case.decided_at)


def exhibit_facts(exhibit: ExhibitRow, profile: Profile, spans: tuple[plain.Span, ...]) -> plain.Exhibit:
    """One recording. References and transcript are opened only for an authority."""
    clip: Any = exhibit.clip
    key = vault.data_key(clip.vault_id)
    opened = source_of(clip, key) if profile.carries_originals else {}
    return plain.Exhibit(
        number=exhibit_number(exhibit),
        clip_id=clip.pk,
        vault_id=clip.vault_id,
        audio_format=clip.audio_format,
        byte_size=clip.byte_size,
        sha256=clip.sha256 or "",
        duration_ms=clip.duration_ms,
        sample_rate=clip.sample_rate,
        channels=clip.channels,
        locale=clip.locale,
        trigger=clip.trigger,
        ingested_at=clip.ingested_at,
        recorded_at=clip.recorded_at,
        silenced=tuple(within(span, clip.duration_ms) for span in spans),
        peaks=outline_of(clip, key) if profile.carries_redacted else b"",
        **{name: opened.get(name) for name in ("external_ref", "subject_ref", "device", "household")},
        transcript=transcript_of(clip, key) if profile.carries_originals else None,
    )


def exhibit_number(exhibit: ExhibitRow) -> str:
    """E0001: sorts as text, and is a safe file name."""
    return f"E{exhibit.number:04d}"


def within(span: plain.Span, duration_ms: int) -> plain.Span:
    """A span of a flag; one that says no place covers the whole recording."""
    end = duration_ms if span.end_ms < 0 else min(span.end_ms, duration_ms)
    return plain.Span(max(0, span.start_ms), end, span.category)


def source_of(clip: Any, key: vault.Key) -> dict[str, Any]:
    """What the source said of the recording, opened."""
    if clip.sealed_source is None:
        return {}
    return dict(json.loads(vault.open_text(clip.vault_id, "clip.sealed_source", clip.sealed_source, key=key)))


def transcript_of(clip: Any, key: vault.Key) -> str | None:
    """The machine transcript, opened."""
    if clip.sealed_transcript is None:
        return None
    return vault.open_text(clip.vault_id, "clip.sealed_transcript", clip.sealed_transcript, key=key)


def outline_of(clip: Any, key: vault.Key) -> bytes:
    """The stored waveform, merged to the columns that a page shows, so that a thousand of them stay small."""
    if vault.is_absent(clip.vault_id, "peaks"):
        return b""
    with vault.open_blob(clip.vault_id, "peaks", key=key) as reader:
        values = json.loads(reader.read())["peaks"]
    merged = columns(bytes(value & 0xFF for value in values))
    return bytes(value & 0xFF for pair in merged for value in pair)


def spans_by_clip(clip_ids: list[UUID]) -> dict[UUID, tuple[plain.Span, ...]]:
    """The spans of critical flags, by clip. Without a place a span runs from 0 to -1: the whole recording."""
    flags = apps.get_model("reviews", "Flag")._default_manager.filter(
        kind="critical", withdrawn_at=None, clip__in=clip_ids
    )
    found: dict[UUID, tuple[plain.Span, ...]] = {}
    for flag in flags.order_by("start_ms"):
        start, end = flag.start_ms, flag.end_ms
        whole = start is None or end is None
        span = plain.Span(0, -1, flag.category) if whole else plain.Span(start or 0, end or 0, flag.category)
        found[flag.clip_id] = (*found.get(flag.clip_id, ()), span)
    return found


def custody(case: Case, exhibits: list[ExhibitRow], people: People) -> Iterator[plain.CustodyEntry]:
    """From intake on: taken in, reported, and every opening with its purpose."""
    numbers = {exhibit.pk: exhibit_number(exhibit) for exhibit in exhibits}
    for exhibit in exhibits:
        clip: Any = exhibit.clip
        yield plain.CustodyEntry(clip.ingested_at, numbers[exhibit.pk], "Earshot", "system", "taken in", "original", "")
    for report in Report.objects.filter(case=case, exhibit__in=numbers):
        number, name = numbers[report.exhibit_id], report.pseudonym
        yield plain.CustodyEntry(report.reported_at, number, name, "reviewer", "reported", "", report.category)
    yield from openings(case, {exhibit.clip_id: numbers[exhibit.pk] for exhibit in exhibits}, people)


def openings(case: Case, numbers: dict[UUID, str], people: People) -> Iterator[plain.CustodyEntry]:
    """Every opening, also of before a duplicate was merged into this case: by clip, since its exhibits were others."""
    for one in family_of(case).order_by("opened_at", "pk"):
        key = vault.data_key(one.pk)
        rows = Opening.objects.filter(case=one, exhibit__clip__in=numbers).select_related("person", "exhibit")
        for opening in rows.iterator():
            purpose = open_words(one.pk, opening, "sealed_purpose", key=key)
            yield opened(opening, numbers[opening.exhibit.clip_id], people, purpose)


def opened(opening: Opening, number: str, people: People, purpose: str) -> plain.CustodyEntry:
    """One opening: by the player, or for an export (which ends as it begins)."""
    version = "original" if opening.original_at else "softened" if opening.softened_at else ""
    act = "exported" if opening.expires_at == opening.opened_at else "opened"
    name, role = people.name(opening.person), people.role(opening.person)
    return plain.CustodyEntry(opening.opened_at, number, name, role, act, version, purpose)


def timeline(case: Case, people: People) -> Iterator[plain.TimelineEntry]:
    """The steps of the case and of what was merged into it. Notes and reasons stay behind: counsel's own words."""
    steps = CaseEvent.objects.filter(case__in=family_of(case)).select_related("actor", "report", "case")
    for event in steps.order_by("at", "pk"):
        of = "" if event.case_id == case.pk else f"of {event.case.number}"
        move = f"{event.from_state} to {event.to_state}" if event.from_state else ""
        told = [
            f"{name}: {event.facts[name]}"
            for name in ("tier", "decision", "category", "exhibit", "team", "into", "number")
            if event.facts.get(name)
        ]
        if event.report is not None:
            name, role = event.report.pseudonym, "reviewer"
        else:
            name, role = (people.name(event.actor), people.role(event.actor)) if event.actor else ("Earshot", "system")
        yield plain.TimelineEntry(event.at, event.kind, name, role, ", ".join(filter(None, [of, move, *told])))


class SealedSound:
    """Recordings straight from the vault. Each is opened under its clip's key, streamed, and closed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __init__(self) -> None:
        self._reader: vault.BlobReader | None = None

    def original(self, exhibit: plain.Exhibit) -> tuple[int, Iterator[bytes]]:
        """Size and content. The recording opened before it is closed here: one at a time."""
        self.close()
        self._reader = vault.open_blob(exhibit.vault_id or exhibit.clip_id, "audio")
        return self._reader.size, self._reader.read_range(0, self._reader.size)

    def redacted(self, exhibit: plain.Exhibit) -> bytes:
        """The recording with its flagged spans silenced. Held whole: a recording is 50 MiB at most."""
        from project.sound.silence import silence_spans  # here: NumPy is for who computes (project.sound)

        _, chunks = self.original(exhibit)
        limits = Limits(max_bytes=settings.MAX_AUDIO_BYTES, max_ms=settings.MAX_AUDIO_MS)
        spans = [(span.start_ms, span.end_ms) for span in exhibit.silenced]
        return silence_spans(b"".join(chunks), spans, limits)

    def close(self) -> None:
        """Let go of the open recording."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
