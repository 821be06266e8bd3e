"""What does not get through, by whom it was meant for. Never what it was about: a mail about a report would name its
reporter, so its supervisor does not even learn that it failed (`Kind.team`); an administrator sees no cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q, QuerySet

from project.accounts.models import User
from project.notices.access import OUTWARD, all_failing_for, failing_sends_for
from project.notices.models import Send

AT_ONCE = 200
ALARMING_ATTEMPTS = 2  # one failure is a moment, two are a state


@dataclass(frozen=True, slots=True)
class Failing:
    """All that fails on its way to one person (or to one of the organisation's addresses)."""

    person_id: UUID | None
    to: str
    sends: int
    given_up: int
    since: date
    attempts: int
    next_at: datetime | None
    errors: list[str]


def seen_by(user: User) -> list[Failing]:
    """What this person may see, most first."""
    return [*_by_address(user), *_by_person(user)]


def own(user: User) -> int:
    """How many mails to themselves do not get through."""
    return failing_sends_for(user, user.pk).count()


def _by_person(user: User) -> list[Failing]:
    sends = all_failing_for(user).filter(channel=Send.Channel.EMAIL)
    rows = _grouped(sends, "notice__user", "notice__user__name", "notice__user__email")
    return [
        _failing(row, row["notice__user"], row["notice__user__name"] or row["notice__user__email"].partition("@")[0])
        for row in rows
    ]


def _by_address(user: User) -> list[Failing]:
    sends = all_failing_for(user).filter(channel=Send.Channel.APPRISE)
    return [_failing(row, None, row["target"]) for row in _grouped(sends, "target")]


def _grouped(sends: QuerySet[Send], *by: str) -> Any:
    figures = {
        "sends": Count("pk"),
        "given_up": Count("pk", filter=Q(state=Send.State.FAILED)),
        "since": Min("created_at"),
        "most": Max("attempts"),
        "next": Min("next_at"),
        "errors": ArrayAgg("error", distinct=True),
    }
    return sends.order_by().values(*by).annotate(**figures).order_by("-sends")[:AT_ONCE]


def _failing(row: dict[str, Any], person_id: UUID | None, to: str) -> Failing:
    since = row["since"].date()
    return Failing(person_id, to, row["sends"], row["given_up"], since, row["most"], row["next"], row["errors"])


def _alarming() -> QuerySet[Send]:
    failing = Q(state=Send.State.FAILED) | Q(state=Send.State.WAITING, error__gt="", attempts__gte=ALARMING_ATTEMPTS)
    return Send.objects.filter(failing, channel__in=OUTWARD)


def not_getting_through() -> str | None:
    """For /status: red while something failed twice or was given up."""
    count = _alarming().count()
    return f"{count} messages do not get through" if count else None


def by_channel() -> dict[str, float]:
    """For /metrics."""
    found = {row["channel"]: row["n"] for row in _alarming().order_by().values("channel").annotate(n=Count("pk"))}
    return {channel.value: float(found.get(channel.value, 0)) for channel in OUTWARD}


def waiting() -> int:
    """For /metrics: what is on its way, quiet hours included."""
    return Send.objects.filter(state=Send.State.WAITING).count()
