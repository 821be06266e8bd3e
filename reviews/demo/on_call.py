"""The demo's on-call roster: whichever day it is made on, a supervisor and one of legal are on call for a year.

Rows are written as planning weekly duties would have left them.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from escalations.models import OnCallDuty
from escalations.roster import span_of, weekly
from project.accounts.models import User
from reviews.demo.people import address
from reviews.localtimes import monday_of

ZONE: Final = "Europe/Lisbon"
WEEKS: Final = 52
# By two people the week is covered: Monday nine o'clock to Thursday evening, and from there to Monday.
_CHANGE: Final = (timedelta(hours=9), timedelta(days=3, hours=21), timedelta(days=7, hours=9))
PAIRS: Final = (("supervisor1", "supervisor2"), ("legal1", "legal2"))


def make_roster(now: datetime) -> None:
    """Once: where anybody is planned, nothing is added."""
    if OnCallDuty.objects.exists():
        return
    zone = ZoneInfo(ZONE)
    last_week = monday_of(now.astimezone(zone).date()) - timedelta(weeks=1)
    begin = datetime.combine(last_week, time())
    by = User.objects.get(email=address("supervisor1"))
    for pair in PAIRS:
        for name, start, end in zip(pair, _CHANGE, _CHANGE[1:], strict=False):
            first = span_of(begin + start, begin + end, zone)
            spans, series = weekly(first, begin + start, begin + end, zone, WEEKS), uuid4()
            person = User.objects.get(email=address(name))
            OnCallDuty.objects.bulk_create(
                OnCallDuty(
                    person=person, starts_at=span.starts_at, ends_at=span.ends_at, time_zone=ZONE,
                    planned_by=by, planned_at=now, series=series,
                )
                for span in spans
                if span.ends_at > now
            )  # fmt: skip
