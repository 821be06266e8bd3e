"""Build an approved export: read, pack, encrypt and store as one stream; killed anywhere, the next attempt goes on.

    claim (lease) -> note the readings -> gather facts -> stream into the vault -> ready, with its hashes in the ledger

What was read and checked lies in pieces under the export's own key (escalations.export.pieces): the next attempt reads
no evidence twice. Nothing of an unfinished build is ever served: the store takes a file whole or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from escalations.actions.export_facts import NothingToExport, SealedSound, gather, note_readings
from escalations.actions.export_meter import LeaseLost, Meter
from escalations.actions.export_pieces import KeptPieces
from escalations.actions.exports import lock_export
from escalations.actions.timeline import tell_all, write_event
from escalations.export import signing
from escalations.export.age import encrypted
from escalations.export.facts import ExportFacts
from escalations.export.package import NotAsTakenIn, Package, Seals
from escalations.export.stamp import AuthorityAway, request_timestamp
from escalations.models import Export
from escalations.notices import EXPORT_FAILED, EXPORT_READY, EXPORT_WAITS
from project import ledger, vault
from project.ledger.events import Event
from project.nudge import nudge
from project.vault.faults import StoreFault

log = structlog.get_logger(__name__)

PART = "bag"
# Our own defaults. A lease outlasts the longest step that shows no progress: setting one volume of the report.
LEASE = timedelta(minutes=2)
BACK_OFF = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
MOST_ATTEMPTS = 5

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Built:
    """What a finished build knows of itself."""

    bag_sha256: str
    file_sha256: str
    file_bytes: int
    certificate: str
    timestamped: bool
    exhibits: int


def build(export_id: UUID, *, clock: Clock) -> None:
    """Build one export, if it is due and in nobody's hands. Never raises: what went wrong is in the row."""
    export = claim(export_id, now=clock())
    if export is None:
        return
    try:
        built = stream(export, clock=clock)
    except LeaseLost:
        log.info("export.lease-lost", export=str(export_id))
    except AuthorityAway:
        wait_for_timestamp(export, now=clock())
    except NotAsTakenIn:
        give_up(export, Export.Ending.EVIDENCE_CHANGED, now=clock())
    except (vault.KeyGone, vault.BlobAbsent, NothingToExport):
        give_up(export, Export.Ending.EVIDENCE_GONE, now=clock())
    except vault.Tampered as error:  # of evidence or of a piece: nothing that was kept is trusted
        _forget_pieces(export)
        try_again(export, error, now=clock())
    except Exception as error:  # whatever it is, the row must say so and the sweep must find it again
        log.exception("export.build-failed", export=str(export_id), error=type(error).__name__)
        try_again(export, error, now=clock())
    else:
        if finish(export, built, now=clock()):
            _forget_pieces(export)


def _forget_pieces(export: Export) -> None:
    """Nothing needs them any more; those that cannot be deleted now are destroyed with the file."""
    with suppress(vault.KeyGone, StoreFault):
        KeptPieces(export).clear()


def claim(export_id: UUID, *, now: datetime) -> Export | None:
    """Take the row for one attempt, by compare-and-set: of two workers one gets it. Raises nothing."""
    token = uuid.uuid4()
    taken = (
        Export.objects.to_build(now)
        .filter(pk=export_id)
        .update(
            state=Export.State.BUILDING,
            lease_token=token,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
            progress=0,
        )
    )
    if not taken:
        return None
    return Export.objects.select_related("case", "proposed_by", "approved_by").get(pk=export_id, lease_token=token)


def stream(export: Export, *, clock: Clock) -> Built:
    """Everything between claim and finish. The order matters: a reading is noted before the first byte is read."""
    _prepare_key(export)
    kept = KeptPieces(export)
    note_readings(export, kept, now=clock())
    facts = gather(export, now=clock())
    signer = signing.load_or_make(Path(settings.KEYRING), organization=settings.ORGANIZATION, now=clock())
    stamp = partial(request_timestamp, settings.TSA_URL) if settings.TSA_URL and not export.timestamp_waived else None
    with SealedSound() as sound, closing(kept):
        package = Package(facts, sound, Seals(signer, stamp), kept)
        meter = Meter(export, expected=_expected_bytes(facts), lease=LEASE, clock=clock)
        file = meter.out(encrypted(meter.through(package.stream()), export.recipients))
        vault.put_blob(export.pk, PART, file)
    return Built(
        meter.inner.hexdigest(),
        meter.outer.hexdigest(),
        meter.sent,
        signer.fingerprint,
        stamp is not None,
        len(facts.exhibits),
    )


def _prepare_key(export: Export) -> None:
    """The export's own data key; an attempt before this one may have made it."""
    try:
        vault.create_key(export.pk, "export")
    except vault.KeyExists:
        return


def _expected_bytes(facts: ExportFacts) -> int:
    copies = facts.profile.carries_originals + facts.profile.carries_redacted
    return sum(exhibit.byte_size for exhibit in facts.exhibits) * copies + 4096 * len(facts.exhibits) + 65536


def finish(export: Export, built: Built, *, now: datetime) -> bool:
    """Ready to collect, if the lease is still this worker's; its hashes go into the ledger. Whether it was."""
    with transaction.atomic(durable=True):
        row = _still_ours(export)
        if row is None:
            return False
        row.state, row.progress, row.last_error = Export.State.READY, 100, ""
        row.bag_sha256, row.file_sha256, row.file_bytes = built.bag_sha256, built.file_sha256, built.file_bytes
        row.timestamped, row.waits_for_timestamp = built.timestamped, False
        row.ready_at, row.expires_at = now, now + timedelta(days=settings.EXPORT_DAYS)
        _let_go(row)
        facts = {"bag_sha256": built.bag_sha256, "file_sha256": built.file_sha256, "bytes": built.file_bytes}
        _record(row, Event.EXPORT_BUILT, now, exhibits=built.exhibits, certificate=built.certificate, **facts)
        write_event(row.case, "export-built", now=now, export=str(row.pk), profile=row.profile)
        tell_all([row.proposed_by, *filter(None, [row.approved_by])], EXPORT_READY, now=now, about=row)
    return True


def wait_for_timestamp(export: Export, *, now: datetime) -> None:
    """The authority is away: try again later for as long as it takes, unless two people decide to go on without."""
    with transaction.atomic(durable=True):
        row = _still_ours(export)
        if row is None:
            return
        first = not row.waits_for_timestamp
        row.waits_for_timestamp, row.last_error = True, "timestamp-authority-away"
        row.state, row.next_attempt_at = Export.State.APPROVED, now + _pause(row.attempts)
        _let_go(row)
        if first:
            _record(row, Event.EXPORT_WAITS_FOR_TIMESTAMP, now)
            write_event(row.case, "export-waits-for-timestamp", now=now, export=str(row.pk))
            tell_all([row.proposed_by], EXPORT_WAITS, now=now, about=row)


def try_again(export: Export, error: Exception, *, now: datetime) -> None:
    """Back off; after the last attempt, give up and say so."""
    code = error_code(error)
    if export.attempts >= MOST_ATTEMPTS:
        give_up(export, Export.Ending.GAVE_UP, now=now, code=code)
        return
    with transaction.atomic(durable=True):
        row = _still_ours(export)
        if row is not None:
            row.state, row.last_error, row.next_attempt_at = Export.State.APPROVED, code, now + _pause(row.attempts)
            _let_go(row)


def give_up(export: Export, ending: Export.Ending, *, now: datetime, code: str = "") -> None:
    """The export failed for good. Loudly: ledger, timeline, and everybody who waits for it is told."""
    from escalations.export_tasks import destroy_export

    with transaction.atomic(durable=True):
        row = _still_ours(export)
        if row is None:
            return
        row.state, row.ending, row.last_error = Export.State.FAILED, ending, code or ending
        _let_go(row)
        _record(row, Event.EXPORT_FAILED, now, ending=ending, code=row.last_error, attempts=row.attempts)
        write_event(row.case, "export-failed", now=now, export=str(row.pk), ending=ending)
        tell_all([row.proposed_by, *filter(None, [row.approved_by])], EXPORT_FAILED, now=now, about=row)
        nudge(destroy_export, row.pk)


def error_code(error: Exception) -> str:
    """What went wrong, as a token that carries nothing of the content."""
    cause = error.__cause__ if isinstance(error, StoreFault) else error  # the store says that it failed, its cause why
    if isinstance(cause, OSError) and cause.errno:
        return f"os-error-{cause.errno}"
    return type(error).__name__[:40]


def _pause(attempts: int) -> timedelta:
    return BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


def _still_ours(export: Export) -> Export | None:
    """The row under its lock, if this attempt's lease still stands."""
    row = lock_export(export.pk)
    return row if row.lease_token == export.lease_token and row.state == Export.State.BUILDING else None


def _let_go(row: Export) -> None:
    row.lease_token, row.lease_until = None, None
    row.save()


def _record(row: Export, event: Event, now: datetime, **facts: object) -> None:
    ledger.record(event, actor=None, subject=row, now=now, case=row.case_id, profile=row.profile, **facts)
