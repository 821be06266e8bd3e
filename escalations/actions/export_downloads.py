"""Hand out a built export, once.

An export counts as collected when its last byte was handed to the connection, and is destroyed then. A transfer that
breaks off leaves it ready, so a bad line doesn't cost an approval: it may be begun again, three times in all, never two
at once, and each beginning is in the ledger. What leaves is encrypted to the recipients whoever fetches it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from escalations.access import export_for
from escalations.actions.export_builds import PART
from escalations.actions.exports import lock_export
from escalations.actions.timeline import write_event
from escalations.models import Export
from project import ledger, problems, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.nudge import nudge

# Our own defaults: a line may break twice; a silent transfer is given up after a minute.
MOST_TRANSFERS = 3
SERVING = timedelta(minutes=1)
BEAT = timedelta(seconds=10)


class NotReady(problems.Conflict):
    code = "not-ready"
    title = "This export is not ready to collect."


class BeingCollected(problems.Conflict):
    code = "being-collected"
    title = "Somebody is collecting this export now."


class AlreadyCollected(problems.Gone):
    code = "collected"
    title = "This export was collected already. It can be downloaded only once."


class NoLongerThere(problems.Gone):
    code = "destroyed"
    title = "The file of this export was destroyed. Ask for a new export."


@dataclass(slots=True)
class Transfer:
    """One beginning of a download: whose, under which token, and the file."""

    export: Export
    person: User
    token: UUID
    reader: vault.BlobReader


def begin_transfer(export_id: UUID, *, acting_user: User, now: datetime) -> Transfer:
    """Take the export for one download. Raises Absent, NotReady, BeingCollected, AlreadyCollected, NoLongerThere."""
    export_for(acting_user, export_id)
    with transaction.atomic(durable=True):
        export = lock_export(export_id)
        _refuse(export, now)
        export.serving_token, export.serving_until = uuid.uuid4(), now + SERVING
        export.transfers += 1
        export.save(update_fields=["serving_token", "serving_until", "transfers"])
        facts = {"case": export.case_id, "transfer": export.transfers, "bytes": export.file_bytes}
        ledger.record(Event.EXPORT_TRANSFER_STARTED, actor=acting_user, subject=export, now=now, **facts)
        write_event(export.case, "export-transfer", now=now, actor=acting_user, export=str(export_id))
    token = export.serving_token
    try:
        reader = vault.open_blob(export_id, PART)
    except (vault.KeyGone, vault.BlobAbsent):
        raise NoLongerThere from None
    return Transfer(export, acting_user, token, reader)


def _refuse(export: Export, now: datetime) -> None:
    if export.state == Export.State.COLLECTED:
        raise AlreadyCollected
    if export.state in (Export.State.DESTROYED, Export.State.FAILED):
        raise NoLongerThere
    if export.state != Export.State.READY:
        raise NotReady(state=export.state, progress=export.progress)
    if export.expires_at is None or export.expires_at <= now or export.transfers >= MOST_TRANSFERS:
        raise NoLongerThere
    if export.serving_until is not None and export.serving_until > now:
        raise BeingCollected


class Handout:
    """The file's bytes as a response takes them. Settles the transfer when it ends, however it ends."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._chunks = self._stream()
        self._sent = 0
        self._settled = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.close()
            raise
        self._sent += len(chunk)
        return chunk

    def close(self) -> None:
        """Called by the server when the response is over, also when the other side hung up."""
        if self._settled:
            return
        self._settled = True
        self._transfer.reader.close()
        settle(self._transfer, sent=self._sent, now=timezone.now())

    def _stream(self) -> Iterator[bytes]:
        beaten_at = timezone.now()
        reader = self._transfer.reader
        for chunk in reader.read_range(0, reader.size):
            if (now := timezone.now()) - beaten_at > BEAT:
                beaten_at = now
                if not _still_served(self._transfer).update(serving_until=now + SERVING):
                    return  # it was given up as silent, and somebody else may have it
            yield chunk


def settle(transfer: Transfer, *, sent: int, now: datetime) -> None:
    """Collected, when every byte was handed over; else the export is free to be begun again."""
    if sent == transfer.reader.size:
        _collect(transfer, now)
        return
    with transaction.atomic(durable=True):
        if _still_served(transfer).update(serving_until=None, serving_token=None):
            facts = {"case": transfer.export.case_id, "bytes": sent, "transfer": transfer.export.transfers}
            ledger.record(
                Event.EXPORT_TRANSFER_INTERRUPTED, actor=transfer.person, subject=transfer.export, now=now, **facts
            )


def _collect(transfer: Transfer, now: datetime) -> None:
    """By compare-and-set: of two transfers that overlapped in spite of everything, one has collected it."""
    from escalations.export_tasks import destroy_export

    with transaction.atomic(durable=True):
        taken = _still_served(transfer).update(
            state=Export.State.COLLECTED,
            collected_by=transfer.person,
            collected_at=now,
            serving_until=None,
            serving_token=None,
        )
        if not taken:
            return
        export = transfer.export
        facts = {"case": export.case_id, "file_sha256": export.file_sha256, "bytes": export.file_bytes}
        ledger.record(Event.EXPORT_COLLECTED, actor=transfer.person, subject=export, now=now, **facts)
        write_event(export.case, "export-collected", now=now, actor=transfer.person, export=str(export.pk))
        nudge(destroy_export, export.pk)


def _still_served(transfer: Transfer) -> QuerySet[Export]:
    return Export.objects.filter(pk=transfer.export.pk, state=Export.State.READY, serving_token=transfer.token)
