"""What Celery runs for exports. A message is a nudge: every one of them may be lost, late or doubled."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone


@shared_task(name="escalations.build_export", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def build_export(export_id: str) -> None:
    """Build one export, if it is due and nobody else builds it."""
    from escalations.actions.export_builds import build

    build(UUID(export_id), clock=timezone.now)


@shared_task(name="escalations.destroy_export", acks_late=True, ignore_result=True)
def destroy_export(export_id: str) -> None:
    """Destroy the built file of one export that is over."""
    from escalations.actions.export_ends import destroy

    destroy(UUID(export_id), now=timezone.now())


@shared_task(name="escalations.sweep_exports", acks_late=True, ignore_result=True)
def sweep_exports() -> None:
    """Every minute: find what no message announced."""
    from escalations.actions.export_ends import sweep

    sweep(clock=timezone.now)
