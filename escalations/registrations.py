"""What this app tells the others when it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone


def register() -> None:
    from escalations import notices  # noqa: F401  # declares the kinds of notices
    from escalations.actions import approvals
    from project import health
    from project.vault import owners

    approvals.register()
    owners.register("case", which_exist)
    if hasattr(health, "register"):
        health.register("late-cases", late_cases)


def which_exist(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these keys a case owns. The vault sweeps the others: prepared for a case that was not opened."""
    from escalations.models import Case

    return set(Case.objects.filter(pk__in=ids).values_list("pk", flat=True))


def late_cases() -> str | None:
    """For /status: red while any clock of a case is missed."""
    from escalations.actions.clocks import late_cases as count_late

    count = count_late(timezone.now())
    return f"{count} cases are late" if count else None
