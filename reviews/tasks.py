"""What Celery runs for the queue. Nothing waits for these: an expired lease gives no right and is no obstacle."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="reviews.return_expired", ignore_result=True)
def return_expired() -> None:
    """Every 20 seconds: clips of leases that ran out queue again."""
    from reviews.actions.returns import return_expired as give_back

    give_back(now=timezone.now())


@shared_task(name="reviews.end_overrun_shifts", ignore_result=True)
def end_overrun_shifts() -> None:
    """Every minute: shifts past their end are over."""
    from reviews.actions.shifts import end_overrun_shifts as end

    end(now=timezone.now())


@shared_task(name="reviews.list_new", ignore_result=True)
def list_new() -> None:
    """Every minute: what was reviewed or withdrawn gets its place in the annotation feed."""
    from reviews.actions.feed import list_all_new as give_places

    give_places(now=timezone.now())


@shared_task(name="reviews.ingest_batch", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def ingest_batch(batch_id: int) -> None:
    """One batch of a bulk ingest; the next one is announced after it."""
    from reviews.actions.ingest_work import work_announced

    work_announced(int(batch_id), now=timezone.now())


@shared_task(name="reviews.sweep_ingests", ignore_result=True)
def sweep_ingests() -> None:
    """Every minute: batches that no message announced; runs that ended a month ago are forgotten."""
    from reviews.actions.ingest_runs import forget_old_runs
    from reviews.actions.ingest_work import sweep_ingests as sweep

    sweep(now=timezone.now())
    forget_old_runs(now=timezone.now())
