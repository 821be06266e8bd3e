"""What beat does for the state of the service."""

from celery import shared_task
from django.utils import timezone

from project.health.report import report


@shared_task(name="health.watch")
def watch() -> None:
    """Ask every promise, so that `since` is true to the minute even while nobody polls, and a break is logged."""
    report(timezone.now())
