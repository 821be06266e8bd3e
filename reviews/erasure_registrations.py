"""What the erasure part hooks into the rest of the service, once, when the apps are ready."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from project.vault import owners


def register() -> None:
    """Called by ReviewsConfig.ready."""
    from reviews import erasure_tasks, notices  # noqa: F401  (importing declares the tasks and the notices)

    owners.register("clip", which_clips_exist)


def which_clips_exist(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these keys have a clip; the vault sweeps those that have none."""
    from reviews.models import Clip

    return set(Clip.objects.filter(pk__in=ids).values_list("pk", flat=True))


def erasures_on_time() -> str | None:
    """None while every erasure that no hold delays is within its deadline."""
    from reviews.models import Erasure

    late = Erasure.objects.overdue(timezone.now()).count()
    return f"{late} erasures are past their deadline" if late else None


def stores_reconciled() -> str | None:
    """None while the last comparison of stores and database found nothing that a person has to look at."""
    from reviews.models import Reconciliation

    last = Reconciliation.objects.order_by("-at").first()
    if last is None or last.is_clean:
        return None
    return f"{last.resurrected} erased clips had bytes again, {last.keyless} lack a key, {last.byteless} lack bytes"
