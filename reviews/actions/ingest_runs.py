"""Bulk ingests as rows: a manifest is staged in batches, which this process and any worker then do.

What a batch is, stands in its row as bytes of the manifest, so everybody who does one must see the manifest and its
folder under the same path. Staging and doing are resumable at every point: kill anybody and run the command again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from django.db import IntegrityError, transaction
from django.db.models import Sum

from project import ledger, vault
from project.ledger.events import Event
from reviews.manifest import BadManifest, Record, head_of, line_of, records
from reviews.models.ingests import IngestBatch, IngestRefusal, IngestRun, IngestState

LINES_A_BATCH: Final = 64
BYTES_A_BATCH: Final = 16 * 1024 * 1024  # of recordings
TEXT_A_BATCH: Final = 1024 * 1024  # of manifest
_BATCHES_AT_ONCE: Final = 64
LONGEST_PATH: Final = 1_000
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Totals:
    """Lines of a run so far. `refused` leaves out those of erased clips."""

    lines: int = 0
    new: int = 0
    known: int = 0
    erased: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        return self.new + self.known + self.erased + self.refused


def open_run(folder: Path, manifest: Path, *, now: datetime) -> tuple[IngestRun, bool]:
    """The run of this manifest: one that was interrupted, if the file is still the same, or a new one.

    Returns it with whether it goes on from before. Raises BadManifest.
    """
    folder, manifest = folder.resolve(), manifest.resolve()
    if max(len(str(folder)), len(str(manifest))) > LONGEST_PATH:
        raise BadManifest(f"Its path is longer than {LONGEST_PATH} characters.")
    with manifest.open("rb") as file:
        _, head = head_of(file)
    found = manifest.stat()
    described = {"folder": str(folder), "size": found.st_size, "modified_ns": found.st_mtime_ns}
    try:
        with transaction.atomic(durable=True):
            for run in IngestRun.objects.select_for_update(no_key=True).filter(
                manifest=str(manifest), state__in=[IngestState.STAGING, IngestState.RUNNING]
            ):
                if all(getattr(run, name) == value for name, value in described.items()):
                    return run, True
                end(run, IngestState.STOPPED, now=now)
            run = IngestRun.objects.create(
                manifest=str(manifest), staged_to=head.stop, staged_line=head.after, started_at=now, **described
            )
            ledger.record(Event.INGEST_STARTED, actor=None, subject=run, now=now, bytes=found.st_size)
    except IntegrityError:  # the same command was started twice at the same moment
        return IngestRun.objects.get(manifest=str(manifest), state__in=[IngestState.STAGING, IngestState.RUNNING]), True
    return run, False


def stage(run: IngestRun, *, now: datetime) -> Iterator[int]:
    """Cut the rest of the manifest into batches; yields how many lines are staged after each step.

    Each step reads first and then commits, if nobody else staged these lines meanwhile.
    """
    with Path(run.manifest).open("rb") as file:
        columns, _ = head_of(file)
        while run.state == IngestState.STAGING:
            batches, after = _cut(file, run, columns)
            _commit(run, batches, after, now=now)
            run.refresh_from_db()
            yield totals(run).lines


def _cut(file: IO[bytes], run: IngestRun, columns: Sequence[str]) -> tuple[list[IngestBatch], int]:
    """The next batches, unsaved: each bounded in lines, text and bytes of sound; none at the manifest's end.

    Returns with them the number of the line that follows.
    """
    folder, number, after = Path(run.folder), IngestBatch.objects.filter(run=run).count(), run.staged_line
    batches: list[IngestBatch] = []
    for record in records(file, run.staged_to, run.staged_line, len(columns)):
        weight = _weight(record, columns, folder)
        if not batches or _is_full(batches[-1], record, weight):
            if len(batches) == _BATCHES_AT_ONCE:
                break
            batches.append(_begun(run, number + len(batches), record))
        batch, after = batches[-1], record.after
        batch.stop, batch.lines, batch.audio_bytes = record.stop, batch.lines + 1, batch.audio_bytes + weight
    for batch in batches:
        batch.mark = mark_of(file, batch.start, batch.stop)
    return batches, after


def _begun(run: IngestRun, number: int, record: Record) -> IngestBatch:
    return IngestBatch(
        run=run, number=number, start=record.start, stop=record.start, first_line=record.number, lines=0, audio_bytes=0
    )


def _is_full(batch: IngestBatch, record: Record, weight: int) -> bool:
    return (
        batch.lines >= LINES_A_BATCH
        or batch.audio_bytes + weight > BYTES_A_BATCH
        or record.stop - batch.start > TEXT_A_BATCH
    )


def _weight(record: Record, columns: Sequence[str], folder: Path) -> int:
    line = line_of(record, columns, folder)
    try:
        return 0 if line.fault else line.path.stat().st_size
    except OSError:
        return 0


def mark_of(file: IO[bytes], start: int, stop: int) -> bytes:
    """A keyed hash of some bytes of a manifest: whoever reads the database learns nothing of what they say."""
    file.seek(start)
    return vault.lookup_hmac("manifest", hashlib.sha256(file.read(stop - start)).hexdigest())


def _commit(run: IngestRun, batches: Sequence[IngestBatch], after: int, *, now: datetime) -> None:
    with transaction.atomic(durable=True):
        locked = IngestRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        if locked.state != IngestState.STAGING or locked.staged_to != run.staged_to:
            return
        if batches:
            IngestBatch.objects.bulk_create(batches)
            locked.staged_to, locked.staged_line = batches[-1].stop, after
        else:
            locked.state = IngestState.RUNNING
        locked.save(update_fields=["state", "staged_to", "staged_line"])
        finish_if_done(locked, now=now)


def totals(run: IngestRun) -> Totals:
    names = ("lines", "new", "known", "erased", "refused")
    sums = IngestBatch.objects.filter(run=run).aggregate(**{name: Sum(name) for name in names})
    return Totals(**{name: value or 0 for name, value in sums.items()})


def finish_if_done(run: IngestRun, *, now: datetime) -> None:
    """The caller holds the run's lock. Every batch is done: so is the run."""
    if run.state == IngestState.RUNNING and not run.batches.filter(done_at=None).exists():
        end(run, IngestState.FINISHED, now=now)


def end(run: IngestRun, state: IngestState, *, now: datetime) -> None:
    """The caller holds the run's lock."""
    run.state, run.ended_at = state, now
    run.save(update_fields=["state", "ended_at"])
    found = totals(run)
    ledger.record(
        Event.INGEST_ENDED,
        actor=None,
        subject=run,
        now=now,
        state=state,
        lines=found.lines,
        new=found.new,
        known=found.known,
        erased=found.erased,
        refused=found.refused,
    )


def forget_old_runs(*, now: datetime) -> int:
    """Runs that ended a month ago go with their batches and refusals; the ledger keeps what came of them."""
    old = IngestRun.objects.filter(ended_at__lt=now - KEPT)
    with transaction.atomic(durable=True):
        ids = list(old.values_list("pk", flat=True)[:10])
        IngestRefusal.objects.filter(batch__run__in=ids).delete()
        IngestBatch.objects.filter(run__in=ids).delete()
        IngestRun.objects.filter(pk__in=ids).delete()
    return len(ids)
