"""Many recordings in one go: line by line what handing each in by itself would give, at the price of few.

The order is that of one clip: keys commit first, then sealed bytes, then all rows with their ledger entries in one
transaction. So a batch is in as a whole or not at all, and whoever is killed amid it leaves keys without clips, which
are swept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import OperationalError, transaction
from rest_framework.exceptions import ValidationError

from project import ledger, vault
from project.accounts.models import User
from project.api import AS_TEXT
from project.ledger.events import Event
from project.problems import Refusal
from project.sound import Limits
from reviews.actions.clips import (
    Handed,
    facts_of,
    hmac_of,
    known_clip,
    parts_of,
    require_same,
    sealed_row,
    take_back,
)
from reviews.api.serializers import ClipIn
from reviews.errors import RefErased
from reviews.intake import Intake, read_bounded, sha256_of, take_in
from reviews.manifest import Line
from reviews.models import Clip
from reviews.states import ClipState

LOAD_BYTES: Final = 16 * 1024 * 1024  # of sound held in memory before it is stored; one recording may be more
LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not taken; the reason is ours and holds nothing of the line."""

    line: Line
    code: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What became of some lines. `rows` are unsaved clips whose keys and bytes are stored."""

    rows: list[Clip] = field(default_factory=list)
    refs: dict[UUID, tuple[Line, Handed]] = field(default_factory=dict)
    new: int = 0
    known: int = 0
    erased: int = 0
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, line: Line, error: Exception) -> None:
        """An erased clip is counted apart: it is no mistake of the source's."""
        self.refused.append(Refused(line, *_said(error)))
        self.erased += isinstance(error, RefErased)

    @property
    def faulty(self) -> int:
        return len(self.refused) - self.erased


class Unreadable(Exception):
    """Why a line is not taken, where no other error says it. Arguments: code, reason."""


@dataclass(slots=True)
class _Load:
    """Recordings that were decoded and are not stored yet."""

    items: list[tuple[Line, Handed, bytes, Intake]] = field(default_factory=list)
    held: int = 0


def ingest_lines(
    lines: Iterable[Line],
    *,
    acting_user: User | None,
    now: datetime,
    still_ours: Callable[[], None] = lambda: None,
    before: Callable[[], None] = lambda: None,
    after: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Hand lines in.

    1. Forms, then one look-up of what is known by reference.
    2. Decode; whenever 16 MiB are held: `still_ours()`, keys, sealed bytes.
    3. One transaction: `before()`, rows (a reference that somebody else handed in meanwhile is theirs), ledger,
       `after(outcome)`.
    A failure takes back what was stored. Raises what the stores raise, and what the callables raise.
    """
    outcome = Outcome()
    try:
        _take_all(lines, outcome, still_ours, acting_user=acting_user, now=now)
        lost = _save(outcome, before, after, acting_user=acting_user, now=now)
    except OperationalError:
        raise  # the commit may have happened: keys without a clip are swept, a clip without its key would be lost
    except BaseException:
        take_back(list(outcome.refs), now=now)
        raise
    if lost:
        take_back(lost, now=now)
    return outcome


def _take_all(
    lines: Iterable[Line],
    outcome: Outcome,
    still_ours: Callable[[], None],
    *,
    acting_user: User | None,
    now: datetime,
) -> None:
    forms = list(_valid(lines, outcome))
    known = _known(hmac for _, _, hmac in forms)
    load = _Load()
    for line, handed, hmac in forms:
        try:
            audio, intake = _read(line, known.get(hmac))
        except (OSError, Refusal, Unreadable) as error:
            outcome.refuse(line, error)
            continue
        if intake is None:
            outcome.known += 1
            continue
        known[hmac] = (ClipState.QUEUED, intake.sha256)
        load.items.append((line, handed, audio, intake))
        load.held += len(audio) + len(intake.softened)
        if load.held >= LOAD_BYTES:
            _store(load, outcome, still_ours, acting_user=acting_user, now=now)
            load = _Load()
    _store(load, outcome, still_ours, acting_user=acting_user, now=now)


def _valid(lines: Iterable[Line], outcome: Outcome) -> Iterable[tuple[Line, Handed, bytes]]:
    form = ClipIn(context={AS_TEXT: True})
    for line in lines:
        try:
            if line.fault:
                raise Unreadable("unreadable-line", line.fault)
            handed = Handed(**form.run_validation(dict(line.fields)))
        except (ValidationError, Unreadable) as error:
            outcome.refuse(line, error)
            continue
        yield line, handed, hmac_of(handed.external_ref)


def _known(hmacs: Iterable[bytes]) -> dict[bytes, tuple[str, str | None]]:
    """State and hash by reference, of those that were handed in before: one query."""
    rows = Clip.objects.filter(external_ref_hmac__in=set(hmacs)).values_list("external_ref_hmac", "state", "sha256")
    return {bytes(hmac): (state, sha256) for hmac, state, sha256 in rows}


def _read(line: Line, known: tuple[str, str | None] | None) -> tuple[bytes, Intake | None]:
    """The bytes and what was found in them; nothing where this very recording is known."""
    audio = read_bounded(line.path)
    sha256 = sha256_of(audio)
    if line.sha256 and sha256 != line.sha256:
        raise Unreadable("checksum", "its bytes are not those of the manifest (sha256 differs)")
    if known is not None:
        require_same(*known, sha256)
        return audio, None
    return audio, take_in(audio, Limits(max_bytes=settings.MAX_AUDIO_BYTES, max_ms=settings.MAX_AUDIO_MS), sha256)


def _store(
    load: _Load, outcome: Outcome, still_ours: Callable[[], None], *, acting_user: User | None, now: datetime
) -> None:
    """Keys in one commit, then the sealed bytes; the rows wait."""
    still_ours()
    if not load.items:
        return
    handles = vault.create_keys([uuid4() for _ in load.items], "clip")
    keyed = [(clip_id, handle.key, *item) for (clip_id, handle), item in zip(handles.items(), load.items, strict=True)]
    outcome.refs.update({clip_id: (line, handed) for clip_id, _, line, handed, _, _ in keyed})
    vault.put_blobs(
        part for clip_id, key, _, _, audio, intake in keyed for part in parts_of(clip_id, audio, intake, key)
    )
    outcome.rows += [
        sealed_row(clip_id, handed, intake, key, acting_user=acting_user, now=now)
        for clip_id, key, _, handed, _, intake in keyed
    ]


def _save(
    outcome: Outcome,
    before: Callable[[], None],
    after: Callable[[Outcome], None],
    *,
    acting_user: User | None,
    now: datetime,
) -> list[UUID]:
    """Returns the ids of those that somebody else handed in meanwhile, which have no row."""
    # By reference, so that two batches with the same ones wait for each other in one order.
    outcome.rows.sort(key=lambda clip: bytes(clip.external_ref_hmac))
    with transaction.atomic(durable=True):
        before()
        Clip.objects.bulk_create(outcome.rows, ignore_conflicts=True)
        here = set(Clip.objects.filter(pk__in=[clip.pk for clip in outcome.rows]).values_list("pk", flat=True))
        ours = [clip for clip in outcome.rows if clip.pk in here]
        lost = [clip for clip in outcome.rows if clip.pk not in here]
        entries = [(clip, facts_of(clip)) for clip in ours]
        ledger.record_many(Event.CLIP_INGESTED, actor=acting_user, now=now, entries=entries)
        outcome.new = len(ours)
        _settle(lost, outcome)
        after(outcome)
    return [clip.pk for clip in lost]


def _settle(lost: Sequence[Clip], outcome: Outcome) -> None:
    for clip in lost:
        line, handed = outcome.refs[clip.pk]
        try:
            outcome.known += known_clip(handed.external_ref, clip.sha256 or "") is not None
        except Refusal as error:
            outcome.refuse(line, error)


def _said(error: Exception) -> tuple[str, str]:
    """Code and reason; a validation error names the fields, an operating system's error says only its own words."""
    if isinstance(error, ValidationError):
        return "invalid", f"not valid: {', '.join(sorted(map(str, error.detail)))}"[:LONGEST_REASON]
    if isinstance(error, Refusal):
        return str(error.extra.get("fault", error.code)), (error.detail or error.title)[:LONGEST_REASON]
    if isinstance(error, OSError):
        return "unreadable-file", (error.strerror or "it cannot be read")[:LONGEST_REASON]
    code, reason = error.args
    return code, reason
