"""How exports end: expiry, destruction of the built file, and the sweep that finds what no message announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from escalations.actions.exports import lock_export
from escalations.actions.timeline import write_event
from escalations.models import Export
from project import ledger, vault
from project.ledger.events import Event
from project.nudge import nudge

log = structlog.get_logger(__name__)

SWEPT_AT_ONCE = 100


class StillThere(Exception):
    """The store gave back what was deleted: destruction is not done."""


def destroy(export_id: UUID, *, now: datetime) -> bool:
    """Destroy the built file of an export that is over: key first, then bytes, then read again, then say so.

    Every step may run twice. Returns whether it is destroyed now; False for one that is not over, or is being served.
    """
    if not _take_back(export_id, now=now):
        return False
    vault.shred_keys([export_id], now=now)  # one that failed early never had a key
    vault.delete_blobs([export_id])  # the file, and whatever pieces a build has left
    if vault.parts_left([export_id]):
        raise StillThere
    with transaction.atomic(durable=True):
        export = lock_export(export_id)
        if export.destroyed_at is None:
            export.destroyed_at = now
            export.save(update_fields=["destroyed_at"])
            facts = {"case": export.case_id, "ending": export.ending or export.state}
            ledger.record(Event.EXPORT_DESTROYED, actor=None, subject=export, now=now, **facts)
            write_event(export.case, "export-file-destroyed", now=now, export=str(export_id))
    return True


def _take_back(export_id: UUID, *, now: datetime) -> bool:
    """From this commit on nobody can start a download of it: an expired export leaves `ready`."""
    with transaction.atomic(durable=True):
        lock_export(export_id)
        export = Export.objects.to_destroy(now).filter(pk=export_id).first()
        if export is None:
            return False
        if export.state == Export.State.READY:
            export.state, export.ending = Export.State.DESTROYED, Export.Ending.NOT_COLLECTED
            export.save(update_fields=["state", "ending"])
            write_event(export.case, "export-not-collected", now=now, export=str(export_id))
    return True


def sweep(*, clock: Callable[[], datetime]) -> None:
    """Announce what is due to be built, and destroy what is over. One that fails holds up no other."""
    from escalations.export_tasks import build_export

    now = clock()
    for export_id in Export.objects.to_build(now).order_by("next_attempt_at").values_list("pk", flat=True)[:20]:
        nudge(build_export, export_id)
    for export_id in list(Export.objects.to_destroy(now).values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        try:
            destroy(export_id, now=clock())
        except Exception as error:  # the next sweep tries again, and /status counts what is overdue
            log.error("export.not-destroyed", export=str(export_id), error=type(error).__name__)


def stuck_exports(now: datetime) -> int:
    """How many exports should have been built or destroyed an hour ago."""
    from datetime import timedelta

    late = now - timedelta(hours=1)
    return Export.objects.to_build(late).count() + Export.objects.to_destroy(late).filter(expires_at__lte=late).count()
