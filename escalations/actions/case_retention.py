"""The end of an ended case: after its time the flag's hold goes, and with it what kept the evidence from erasure.

    ended -> told 30 and 7 days before -> retired
                                           +-> waits, told every week, while a hold or an export keeps it

Nothing is erased here, for what erases is above this app: the reviews app's sweep finds evidence that no hold keeps and
orders it like any erasure, with certificate. The case stays as a record that only legal reads; the ledger stays whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from escalations.access import family_of
from escalations.actions.holds import end_by_retention
from escalations.actions.timeline import everybody_with, record, tell_all, write_event
from escalations.locks import lock_case
from escalations.models import Case, Export, Hold
from escalations.notices import CASE_RETIRED, CASE_RETIRES_SOON, CASE_RETIRES_WAITS
from project.accounts.access import Role
from project.ledger.events import Event
from project.notices.kinds import Kind

# Our own defaults: time for legal to ask whether an authority still needs it, once more in the last week; a case that
# waits is said as often as a hold that is due for review.
WARN_BEFORE: Final = (timedelta(days=30), timedelta(days=7))
SAY_EVERY: Final = timedelta(days=7)
BATCH: Final = 200


def retires_at(case: Case) -> datetime | None:
    """When an ended case's time is over (UTC); None while it is open. A merged one's ends with the case it led to."""
    case = case.merged_into or case
    return case.ended_at + timedelta(days=settings.CASE_RETENTION_DAYS) if case.ended_at else None


def is_to_say(said_at: datetime | None, ends: datetime, now: datetime) -> bool:
    """Whether a step was passed since something was last said: 30 and 7 days before, the end, then every week. Pure."""
    passed = [step for step in (*(ends - before for before in WARN_BEFORE), ends) if step <= now]
    if not passed:
        return False
    return said_at is None or said_at < passed[-1] or (now >= ends and said_at <= now - SAY_EVERY)


def due(*, now: datetime) -> list[UUID]:
    """Ended cases of which something is to be done or said now, the longest ended first."""
    whole = timedelta(days=settings.CASE_RETENTION_DAYS)
    ended = Case.objects.filter(retired_at=None, merged_into=None, ended_at__lte=now - whole + WARN_BEFORE[0])
    of_family = Q(case=OuterRef("pk")) | Q(case__merged_into=OuterRef("pk"))
    kept = Exists(_looked_at(now).filter(of_family)) | Exists(Export.objects.under_way().filter(of_family))
    rows = (
        ended.annotate(is_kept=kept).order_by("ended_at").values_list("pk", "ended_at", "retention_said_at", "is_kept")
    )
    found: list[UUID] = []
    for case_id, ended_at, said_at, is_kept in rows.iterator():
        ends = cast(datetime, ended_at) + whole
        if is_to_say(said_at, ends, now) or (now >= ends and not is_kept):
            found.append(case_id)
    return found[:BATCH]


def _looked_at(now: datetime) -> QuerySet[Hold]:
    """Holds that keep a case beyond its time: legal's always; the flag's own, which is legal's since the closure, while
    its next review lies ahead, because then somebody looked at it and wants it kept."""
    return Hold.objects.active().filter(Q(kind=Hold.Kind.LEGAL) | Q(review_at__gt=now))


def what_keeps(case: Case, *, now: datetime) -> str:
    """Why a case whose time is over is kept all the same, as a token; empty where nothing keeps it."""
    if _looked_at(now).filter(case__in=family_of(case)).exists():
        return "hold"
    return "export" if Export.objects.under_way().filter(case__in=family_of(case)).exists() else ""


def attend(case_id: UUID, *, now: datetime) -> bool:
    """Say, wait or retire: whatever is due for one ended case, once. Whether anything was done.

    The case's lock is what holds, exports and reopening take, so what comes at the same moment is seen or comes after.
    """
    with transaction.atomic(durable=True):
        case = lock_case(case_id)
        ends = retires_at(case)
        if ends is None or case.retired_at is not None or case.merged_into is not None:
            return False
        keeps = what_keeps(case, now=now)
        if now >= ends and not keeps:
            _retire(case, now)
            return True
        if not is_to_say(case.retention_said_at, ends, now):
            return False
        _say(case, CASE_RETIRES_SOON if now < ends else CASE_RETIRES_WAITS, keeps if now >= ends else "", now)
    return True


def _say(case: Case, kind: Kind, keeps: str, now: datetime) -> None:
    """To legal, and only where there is evidence left: a dismissal and a T3 closure let go of it at once."""
    case.retention_said_at = now
    case.save(update_fields=["retention_said_at"])
    if not Hold.objects.active().filter(case__in=family_of(case)).exists():
        return
    told = tell_all(everybody_with(Role.LEGAL, case), kind, now=now, about=case)
    if keeps and not case.events.filter(kind="retention-waits", at__gte=case.ended_at).exists():
        write_event(case, "retention-waits", now=now, keeps=keeps)
    record(Event.CASE_RETENTION_SAID, case, now=now, told=told, keeps=keeps or None)


def _retire(case: Case, now: datetime) -> None:
    case.retired_at = now
    case.save(update_fields=["retired_at"])
    held = end_by_retention(case, now=now)
    write_event(case, "retired", now=now)
    record(Event.CASE_RETIRED, case, now=now, ended_at=case.ended_at, holds=held)
    if held:
        tell_all(everybody_with(Role.LEGAL, case), CASE_RETIRED, now=now, about=case)
