"""What the erasure part hooks into the rest of the service, once, when the apps are ready."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from project import health, home
from project.accounts.access import Can, may
from project.accounts.models import User
from project.nudge import nudge
from project.vault import owners
from reviews.erasure_states import ErasureState
from wellbeing import group_times


def register() -> None:
    """Called by ReviewsConfig.ready."""
    from reviews import erasure_tasks, notices  # noqa: F401  (importing declares the tasks and the notices)

    owners.register("clip", which_clips_exist)
    owners.when_a_master_key_is_destroyed(certify_beyond_recovery)
    health.register("erasures-on-time", erasures_on_time)
    health.register("stores-reconciled", stores_reconciled)
    health.register_ready("reconciled", not_reconciled)
    health.register_gauge("erasures", "Erasures by how they stand.", erasures_by_standing)
    group_times.register("erased", lengths_to_erase)
    home.register(cards)
    home.register(undo_cards)


def certify_beyond_recovery() -> None:
    """Have the second certificates issued that waited for this; a sweep does it too, in five minutes at the latest."""
    from reviews.erasure_tasks import certify_beyond_recovery as task

    nudge(task)


def lengths_to_erase(begins: datetime, ends: datetime) -> list[float]:
    """Seconds from order to certificate, of what was certified between two instants. For the insights."""
    from reviews.models import Erasure

    certified = Erasure.objects.filter(certified_at__gte=begins, certified_at__lt=ends)
    return [(end - start).total_seconds() for start, end in certified.values_list("ordered_at", "certified_at") if end]


def which_clips_exist(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these keys have a clip; the vault sweeps those that have none."""
    from reviews.vault_ids import owned

    return owned(ids)


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


def not_reconciled() -> str | None:
    """None while no erased clip lives: a database restored from before an erasure must not be served."""
    from reviews.actions.reconciliation import forgotten_erasures

    forgotten = forgotten_erasures(now=timezone.now())
    return "erased clips are back after a restore: run manage.py reconcile" if forgotten else None


def erasures_by_standing() -> dict[str, int]:
    """Open, late and waiting erasures, for the metrics."""
    from reviews.models import Erasure

    now = timezone.now()
    waiting = Erasure.objects.filter(state=ErasureState.WAITING).count()
    return {"open": Erasure.objects.open().count(), "late": Erasure.objects.overdue(now).count(), "waiting": waiting}


def undo_cards(user: User) -> Iterator[home.Card]:
    """What the home page says to whoever flagged a clip a moment ago and may still take that back."""
    from reviews.erasure_access import orders_of

    if not may(user, Can.REVIEW):
        return
    if open_ones := orders_of(user).undoable(timezone.now()).count():
        text = "Your flag put a clip out of everybody's reach. If it was a mistake you can still say so."
        yield home.Card("Just flagged", text, reverse("reviews:orders"), "See the orders", str(open_ones), "info", 15)


def cards(user: User) -> Iterator[home.Card]:
    """What the home page says of erasures: late ones to whoever answers for them, else that all is in time."""
    from reviews.erasure_access import erasures_of

    if not may(user, Can.READ_ERASURES):
        return
    visible, url = erasures_of(user), reverse("reviews:erasures")
    if late := visible.overdue(timezone.now()).count():
        text = "They are out of everybody's reach and tried again by themselves. See what stands in the way."
        yield home.Card("Erasures are late", text, f"{url}?show=late", "Look at them", str(late), "alarm", 5)
    elif waiting := visible.open().count():
        text = "All are within their deadline, or wait for a hold."
        yield home.Card("Erasures under way", text, url, "See where they stand", str(waiting), "calm", 60)
