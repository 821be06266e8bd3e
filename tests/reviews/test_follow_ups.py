"""From the flag that opens a case to a check-in offered on the reporter's own page, at 24 h, 72 h and 28 days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from project.accounts.models import User
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.actions.findings import Findings, Raised
from reviews.actions.reviews import review_clip
from reviews.models import Lease
from reviews.states import Activation, FlagKind
from wellbeing.models import Offer
from wellbeing.tasks import tell_due_offers

pytestmark = pytest.mark.django_db
OFFERED = "This one was offered to you."
AGES = {
    "after-24-hours": timedelta(hours=24),
    "after-72-hours": timedelta(hours=72),
    "after-28-days": timedelta(days=28),
}


@pytest.fixture(params=AGES)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def now(kind: str) -> datetime:
    """The moment of the report: so long ago that this offer is due by the clock on the wall, and no later one."""
    return timezone.now() - AGES[kind] - timedelta(minutes=5)


def test_the_reporter_finds_each_offer_on_their_page_and_nobody_else_hears_of_it(
    lease: Lease, reviewer: User, supervisor: User, client_of: Callable[[User], Client], now: datetime, kind: str
) -> None:
    flags = [Raised(FlagKind.CRIMINAL, "violence")]
    assert review_clip(lease.pk, Findings(Activation.RIGHT, 3, flags=flags), acting_user=reviewer, now=now).cases
    due = {name for name, after in AGES.items() if after <= AGES[kind]}
    assert set(Offer.objects.filter(due_at__lte=timezone.now()).values_list("kind", flat=True)) == due
    for _ in range(2):
        tell_due_offers()
    told = Notice.objects.filter(code="check-in-offered")
    assert [notice.user_id for notice in told] == [reviewer.pk], "one word for whatever is due by then"
    page = client_of(reviewer)
    assert "A check-in is offered" in page.get("/").content.decode()
    assert OFFERED in page.get("/check-ins/").content.decode()
    assert OFFERED not in client_of(supervisor).get("/check-ins/").content.decode()
    if kind == "after-24-hours":
        page.post(f"/check-ins/offers/{Offer.objects.get(kind=kind).pk}/decline/")
    else:
        page.post("/check-ins/give/", {"kind": "distress", "distress": "4"})
    after = page.get("/check-ins/").content.decode()
    assert OFFERED not in after
    assert "Nobody counts whether you answer." in after or "of 10" in after
    assert not Entry.objects.filter(event__contains="check").exists()
    assert Offer.objects.filter(closed_at=None).count() == 3 - len(due)
