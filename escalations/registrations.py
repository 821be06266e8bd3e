"""What this app tells the others when it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

CASES: Final = "cases"  # the topic of open pages that show cases


def register() -> None:
    from escalations import notices  # noqa: F401  # declares the kinds of notices
    from escalations.access import who_may_see
    from escalations.actions import approvals, counsel, exports
    from escalations.export_cards import export_cards
    from escalations.home import cards
    from project import health, home
    from project.accounts.actions.accounts import when_somebody_leaves
    from project.notices import live
    from project.vault import owners
    from wellbeing import group_times

    when_somebody_leaves(counsel.end_of_whoever_left)
    approvals.register()
    exports.register()
    owners.register("export", which_exports_exist)
    owners.register("case", which_exist)
    home.register(cards)
    home.register(export_cards)
    group_times.register("acknowledged", lengths_to_acknowledge)
    group_times.register("decided", lengths_to_decide)
    live.register(CASES, who_may_see)
    health.register("late-cases", late_cases)
    health.register_gauge("cases_open", "Cases that have not ended.", open_cases)
    health.register_gauge("cases_late", "Cases with a missed clock.", count_late_cases)
    health.register("stuck-exports", stuck_exports)
    health.register("on-call", on_call)


def which_exist(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these keys a case owns. The vault sweeps the others: prepared for a case that was not opened."""
    from escalations.models import Case

    return set(Case.objects.filter(pk__in=ids).values_list("pk", flat=True))


def which_exports_exist(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these keys an export owns."""
    from escalations.models import Export

    return set(Export.objects.filter(pk__in=ids).values_list("pk", flat=True))


def stuck_exports() -> str | None:
    """For /status: red while an export that should have been built or destroyed an hour ago was not."""
    from escalations.actions.export_ends import stuck_exports as count_stuck

    count = count_stuck(timezone.now())
    return f"{count} exports are stuck" if count else None


def lengths_to_acknowledge(begins: datetime, ends: datetime) -> list[float]:
    """Seconds from report to acknowledgement, of what was acknowledged between two instants. For the insights.

    A merge stops that clock, too, and is nobody's acknowledgement.
    """
    from escalations.models import Clock
    from escalations.states import ClockKind, State

    stopped = Clock.objects.filter(kind=ClockKind.ACKNOWLEDGE, stopped_at__gte=begins, stopped_at__lt=ends)
    stopped = stopped.exclude(case__state=State.MERGED, stopped_at=F("case__ended_at"))
    return [(end - start).total_seconds() for start, end in stopped.values_list("started_at", "stopped_at") if end]


def lengths_to_decide(begins: datetime, ends: datetime) -> list[float]:
    """Seconds from report to decision, of cases decided between two instants. For the insights."""
    from escalations.models import Case

    decided = Case.objects.filter(decided_at__gte=begins, decided_at__lt=ends)
    return [(end - start).total_seconds() for start, end in decided.values_list("opened_at", "decided_at") if end]


def on_call() -> str | None:
    """For /status: red while a roster that is in use has nobody on call."""
    from escalations.actions.duties import nobody_on_call

    return nobody_on_call(timezone.now())


def late_cases() -> str | None:
    """For /status: red while any clock of a case is missed."""
    count = count_late_cases()
    return f"late cases: {count}" if count else None


def count_late_cases() -> int:
    from escalations.actions.clocks import late_cases as count_late

    return count_late(timezone.now())


def open_cases() -> int:
    from escalations.models import Case
    from escalations.states import TERMINAL

    return Case.objects.exclude(state__in=TERMINAL).count()
