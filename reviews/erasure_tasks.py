"""What Celery runs for erasures. A message is a nudge: every one of them may be lost, late or doubled."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone


@shared_task(name="reviews.erase", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def erase(erasure_id: str) -> None:
    """Drive this erasure as far as it goes, and with it others that are as urgent. Each message may find it done."""
    from reviews.actions.erasures import drive

    drive(clock=timezone.now, first=UUID(erasure_id))


@shared_task(name="reviews.sweep_erasures", acks_late=True, ignore_result=True)
def sweep_erasures() -> None:
    """Every minute: find what no message announced, most urgent first."""
    from reviews.actions.erasure_sweeps import sweep

    sweep(clock=timezone.now)


@shared_task(name="reviews.sweep_erasure_orders", acks_late=True, ignore_result=True)
def sweep_erasure_orders() -> None:
    """Every minute: order what nobody orders by hand. Apart from the driving, so that bulk orders delay no deadline."""
    from reviews.actions.erasure_sweeps import sweep_orders

    sweep_orders(now=timezone.now())


@shared_task(name="reviews.order_subject_erasure", acks_late=True, ignore_result=True)
def order_subject_erasure(request_id: str) -> None:
    """Order the erasure of every clip of one data subject."""
    from reviews.actions.subject_erasures import order_all

    order_all(UUID(request_id), now=timezone.now())


@shared_task(name="reviews.apply_retention", acks_late=True, ignore_result=True)
def apply_retention() -> None:
    """Every hour: order what has been kept long enough."""
    from reviews.actions.erasure_runs import apply_retention as apply

    apply(now=timezone.now())


@shared_task(name="reviews.count_activations", acks_late=True, ignore_result=True)
def count_activations() -> None:
    """Every minute: count what listeners found of activations."""
    from reviews.actions.activations import count_reviews

    count_reviews(now=timezone.now())


@shared_task(name="reviews.fold_activations", acks_late=True, ignore_result=True)
def fold_activations() -> None:
    """Daily: counts of devices that are older than their time keep locale and trigger only."""
    from reviews.actions.activations import fold_devices

    fold_devices(now=timezone.now())


@shared_task(name="reviews.certify_beyond_recovery", acks_late=True, ignore_result=True)
def certify_beyond_recovery() -> None:
    """Daily, and after each rotation: second certificates for keys whose master key is destroyed."""
    from reviews.actions.certificates import certify_beyond_recovery as certify

    certify(now=timezone.now())


@shared_task(name="reviews.reconcile", acks_late=True, ignore_result=True)
def reconcile() -> None:
    """Daily: compare every store with the database in both directions."""
    from reviews.actions.reconciliation import reconcile as compare

    compare(now=timezone.now())
