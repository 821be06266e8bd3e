"""Doing the batches of a bulk ingest: by the command itself, and by every worker that sees the same folder.

A batch is claimed for two minutes by compare-and-set; whoever is killed amid it loses it then to the next. Its clips
and that it is done commit together, so it is done once.
"""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from project.nudge import nudge
from reviews.actions.clip_batches import Outcome, Unreadable, ingest_lines
from reviews.actions.ingest_runs import end, finish_if_done, mark_of
from reviews.manifest import Line, head_of, line_of, records
from reviews.models.ingests import IngestBatch, IngestRefusal, IngestRun, IngestState

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
BACK_OFF: Final = timedelta(seconds=20)
MOST_ATTEMPTS: Final = 5
ANNOUNCED_AT_ONCE: Final = 8
ANNOUNCED_FOR: Final = timedelta(minutes=3)
_CLAIM: Final = """
UPDATE reviews_ingestbatch SET leased_until = %(until)s, attempts = attempts + 1 WHERE id = (
    SELECT id FROM reviews_ingestbatch
    WHERE run_id = %(run)s AND done_at IS NULL AND (leased_until IS NULL OR leased_until <= %(now)s)
      AND (%(batch)s::bigint IS NULL OR id = %(batch)s)
    ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


class NotHere(Exception):
    """This process does not see the manifest, or its folder, that the run speaks of."""


class ManifestChanged(Exception):
    """The manifest is another file than the one that was staged."""


class BatchLost(Exception):
    """This process was so slow that somebody else took the batch up."""


def claim(run_id: UUID, *, now: datetime, batch_id: int | None = None) -> IngestBatch | None:
    """The next batch of a run that nobody is doing, or this very one; None when there is none."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"run": run_id, "batch": batch_id, "now": now, "until": now + LEASE})
        found = cursor.fetchone()
    return IngestBatch.objects.select_related("run").get(pk=found[0]) if found else None


def do_batch(batch: IngestBatch, *, now: datetime) -> None:
    """Hand a claimed batch in.

    What goes wrong around it (stores away, disk full, manifest changed) gives it back for a later attempt and is
    raised. What goes wrong without a trace, five times, is in the batch itself: then its lines are refused.
    """
    lease = _Lease(batch, now)
    try:
        lines = list(_lines_of(batch))
        if batch.attempts > MOST_ATTEMPTS:
            _give_up(lease, lines, now=now)
        else:
            ingest_lines(
                lines,
                acting_user=None,
                now=now,
                still_ours=lease.extend,
                before=lease.hold,
                after=lambda outcome: _done(batch, outcome, now=now),
            )
    except BatchLost:
        return
    except Exception as error:
        lease.give_back(now=now)
        if isinstance(error, ManifestChanged):
            _stop(batch.run_id, now=now)
        raise
    _finish(batch.run_id, now=now)


class _Lease:
    """Our claim on a batch: a time that nobody else has set."""

    def __init__(self, batch: IngestBatch, now: datetime) -> None:
        self.batch, self._until, self._now = batch, batch.leased_until, now

    def extend(self) -> None:
        """Before each load is stored. Raises BatchLost."""
        later = max(timezone.now(), self._now) + LEASE
        ours = IngestBatch.objects.filter(pk=self.batch.pk, leased_until=self._until, done_at=None)
        if ours.update(leased_until=later) != 1:
            raise BatchLost
        self._until = later

    def hold(self) -> None:
        """In the last transaction: lock the row, so that nobody takes it any more. Raises BatchLost."""
        ours = IngestBatch.objects.select_for_update(no_key=True)
        if not ours.filter(pk=self.batch.pk, leased_until=self._until, done_at=None).exists():
            raise BatchLost

    def give_back(self, *, now: datetime) -> None:
        ours = IngestBatch.objects.filter(pk=self.batch.pk, leased_until=self._until, done_at=None)
        ours.update(leased_until=now + BACK_OFF, attempts=max(0, self.batch.attempts - 1))


def _lines_of(batch: IngestBatch) -> Iterator[Line]:
    """The batch's lines as they stand in the manifest. Raises NotHere, ManifestChanged."""
    run = batch.run
    folder, manifest = Path(run.folder), Path(run.manifest)
    if not (manifest.is_file() and folder.exists()):
        raise NotHere
    found = manifest.stat()
    if (found.st_size, found.st_mtime_ns) != (run.size, run.modified_ns):
        raise ManifestChanged
    with manifest.open("rb") as file:
        columns, _ = head_of(file)
        if mark_of(file, batch.start, batch.stop) != bytes(batch.mark):
            raise ManifestChanged
        file.seek(batch.start)
        text = io.BytesIO(file.read(batch.stop - batch.start))
    lines = [line_of(record, columns, folder) for record in records(text, 0, batch.first_line, len(columns))]
    if batch.audio_bytes and not any(not line.fault and _is_there(line.path) for line in lines):
        raise NotHere
    yield from lines


def _is_there(path: Path) -> bool:
    """A name that is too long for any file is not there either; it is refused with its own line."""
    try:
        return path.exists()
    except OSError:
        return False


def _done(batch: IngestBatch, outcome: Outcome, *, now: datetime) -> None:
    """In the transaction of its clips."""
    IngestRefusal.objects.bulk_create(
        IngestRefusal(batch=batch, line=refused.line.number, code=refused.code, reason=refused.reason)
        for refused in outcome.refused
    )
    IngestBatch.objects.filter(pk=batch.pk).update(
        done_at=now, new=outcome.new, known=outcome.known, erased=outcome.erased, refused=outcome.faulty
    )


def _give_up(lease: _Lease, lines: list[Line], *, now: datetime) -> None:
    outcome = Outcome()
    for line in lines:
        outcome.refuse(line, Unreadable("given-up", f"whoever tried it came to an end {MOST_ATTEMPTS} times"))
    with transaction.atomic(durable=True):
        lease.hold()
        _done(lease.batch, outcome, now=now)


def _finish(run_id: UUID, *, now: datetime) -> None:
    if IngestBatch.objects.filter(run=run_id, done_at=None).exists():
        return
    with transaction.atomic(durable=True):
        finish_if_done(IngestRun.objects.select_for_update(no_key=True).get(pk=run_id), now=now)


def _stop(run_id: UUID, *, now: datetime) -> None:
    with transaction.atomic(durable=True):
        run = IngestRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.is_open:
            end(run, IngestState.STOPPED, now=now)


def announce(run_id: UUID, *, now: datetime) -> int:
    """Tell workers of the next batches, so that at most eight of a run are on their way at any time.

    Bulk work must not crowd out what is urgent: a message is one batch, about a second of work, and the next one goes
    to the end of the line. Returns how many were announced.
    """
    from reviews.tasks import ingest_batch

    with transaction.atomic(durable=True):
        run = IngestRun.objects.select_for_update(no_key=True).get(pk=run_id)
        waiting = IngestBatch.objects.filter(run=run, done_at=None)
        room = ANNOUNCED_AT_ONCE - waiting.filter(announced_at__gt=now - ANNOUNCED_FOR).count()
        if not run.is_open or room <= 0:
            return 0
        untold = waiting.exclude(announced_at__gt=now - ANNOUNCED_FOR).exclude(leased_until__gt=now)
        ids = list(untold.order_by("number").values_list("pk", flat=True)[:room])
        IngestBatch.objects.filter(pk__in=ids).update(announced_at=now)
        for batch_id in ids:
            nudge(ingest_batch, batch_id)
    return len(ids)


def work_announced(batch_id: int, *, now: datetime) -> None:
    """What a worker does on hearing of a batch: do it, then tell of the next. It may be done, or not be seen here."""
    batch = IngestBatch.objects.filter(pk=batch_id).select_related("run").first()
    if batch is None or not batch.run.is_open:
        return
    claimed = claim(batch.run_id, now=now, batch_id=batch_id)
    if claimed is not None:
        try:
            do_batch(claimed, now=now)
        except (NotHere, ManifestChanged) as error:
            if isinstance(error, NotHere):
                IngestRun.objects.filter(pk=batch.run_id).update(unreachable_at=now)
            log.warning("ingest.not-here", run=str(batch.run_id), error=type(error).__name__)
            return
    announce(batch.run_id, now=now)


def sweep_ingests(*, now: datetime) -> int:
    """Every minute: announce again what no worker took up. Returns how many batches."""
    is_open = IngestRun.objects.filter(state__in=[IngestState.STAGING, IngestState.RUNNING])
    for run_id in (ids := list(is_open.values_list("pk", flat=True))):
        _finish(run_id, now=now)
    return sum(announce(run_id, now=now) for run_id in ids)
