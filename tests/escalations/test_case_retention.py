"""An ended case is kept for its time; then its evidence goes, unless something keeps it, and that is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from escalations.access import active_hold_on, cases_for, clips_whose_cases_are_over
from escalations.actions.case_retention import attend, due, is_to_say, retires_at
from escalations.actions.holds import lift_hold, place_hold, review_hold
from escalations.actions.moves import Words, act
from escalations.models import Case, Export, Hold
from escalations.states import State
from escalations.tasks import retire_ended_cases
from project import vault
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.actions.erasure_sweeps import order_for_cases_over
from reviews.actions.erasures import erase
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Certificate, Erasure
from reviews.states import ClipState

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CODES = ("case-retires-soon", "case-retires-waits", "case-retired")


@pytest.fixture
def closed(case, bring):
    return bring(case, State.CLOSED)


@pytest.fixture
def ends(closed):
    return retires_at(closed)


def told(user):
    return list(user.notices.filter(code__in=CODES).order_by("created_at", "pk").values_list("code", flat=True))


def test_after_a_year_its_evidence_is_let_go_and_legal_is_told(closed, ends, clip, legal, other_legal, now):
    assert ends - closed.ended_at == timedelta(days=365)
    assert attend(closed.pk, now=ends - timedelta(seconds=1))  # the last reminder
    assert active_hold_on(clip.pk) is not None
    assert attend(closed.pk, now=ends)
    assert active_hold_on(clip.pk) is None
    assert clip.pk in clips_whose_cases_are_over()
    hold = Hold.objects.get()
    assert (hold.ending, hold.ended_by) == ("retention", None)
    assert closed.events.filter(kind="retired").count() == 1
    assert Entry.objects.filter(event__in=["case.retired", "hold.ended"]).count() == 2
    assert told(legal) == told(other_legal) == ["case-retires-soon", "case-retired"]
    assert order_for_cases_over(now=ends) == 1  # from here on it is an erasure like any
    assert Erasure.objects.get(clip=clip).reason == Reason.CASE_OVER
    assert Entry.objects.filter(event="case.opened", subject_id=str(closed.pk)).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_let_go_is_erased_and_certified_and_the_ledger_stays(closed, ends, clip):
    """The verifier looks over connections of its own, so everything is committed here."""
    attend(closed.pk, now=ends)
    order_for_cases_over(now=ends)
    erasure = Erasure.objects.get(clip=clip)
    erase(erasure.pk, now=ends)
    erasure.refresh_from_db()
    clip.refresh_from_db()
    assert (erasure.state, clip.state) == (ErasureState.CERTIFIED, ClipState.ERASED)
    assert vault.parts(clip.pk) == []
    assert Certificate.objects.filter(erasure=erasure).count() == 1
    events = set(Entry.objects.values_list("event", flat=True))
    assert {"case.opened", "case.retired", "erasure.shredded"} <= events


def test_twice_is_once(closed, ends):
    assert [attend(closed.pk, now=ends), attend(closed.pk, now=ends), attend(closed.pk, now=ends + DAY)] == [
        True, False, False,
    ]  # fmt: skip
    assert due(now=ends + DAY) == []
    assert Entry.objects.filter(event="case.retired").count() == 1


def test_legal_is_told_30_and_7_days_before_and_not_between(closed, ends, legal):
    days = [31, 30, 29, 8, 7, 6, 1]
    assert [attend(closed.pk, now=ends - n * DAY) for n in days] == [False, True, False, False, True, False, False]
    assert [bool(due(now=ends - n * DAY)) for n in (31, 6)] == [False, False]
    assert told(legal) == ["case-retires-soon"] * 2


@pytest.mark.parametrize("said_days_before, now_days_after, expected", [
    (None, -31, False), (None, -30, True), (30, -8, False), (30, -7, True), (7, -1, False), (7, 0, True),
    (0, 6, False), (0, 7, True), (None, 100, True),
])  # fmt: skip
def test_when_something_is_to_be_said(now, said_days_before, now_days_after, expected):
    said = None if said_days_before is None else now - said_days_before * DAY
    assert is_to_say(said, now, now + now_days_after * DAY) is expected


def test_a_hold_of_legal_keeps_it_says_so_every_week_and_then_lets_go(closed, ends, clip, legal, now):
    hold = place_hold(closed.pk, reason="a trial", review_at=now + 90 * DAY, acting_user=legal, now=now)
    assert [attend(closed.pk, now=ends + n * DAY) for n in (0, 0, 3, 7)] == [True, False, False, True]
    assert due(now=ends + 8 * DAY) == []
    assert active_hold_on(clip.pk) is not None
    assert closed.events.filter(kind="retention-waits", facts__keeps="hold").count() == 1
    assert told(legal) == ["case-retires-waits"] * 2
    lift_hold(hold.pk, reason="the trial is over", acting_user=legal, now=ends + 8 * DAY)
    assert due(now=ends + 8 * DAY) == [closed.pk]
    assert attend(closed.pk, now=ends + 8 * DAY)
    assert active_hold_on(clip.pk) is None


def test_the_flags_hold_that_legal_looked_at_again_keeps_it_until_its_review(closed, ends, legal):
    hold = Hold.objects.get()
    review_hold(hold.pk, review_at=ends + 10 * DAY, acting_user=legal, now=ends - DAY)
    assert attend(closed.pk, now=ends)
    assert Case.objects.get().retired_at is None
    assert attend(closed.pk, now=ends + 10 * DAY)
    assert Case.objects.get().retired_at == ends + 10 * DAY


def test_an_export_under_way_keeps_it(closed, ends, legal, other_legal, clip):
    Export.objects.create(
        case=closed, state=Export.State.READY, profile="internal", recipients=["age1x"], proposed_by=legal,
        proposed_at=ends, approved_by=other_legal, approved_at=ends, ready_at=ends, expires_at=ends + 7 * DAY,
        bag_sha256="0" * 64,
    )  # fmt: skip
    assert attend(closed.pk, now=ends)
    assert active_hold_on(clip.pk) is not None
    assert closed.events.get(kind="retention-waits").facts == {"keeps": "export"}
    Export.objects.update(state=Export.State.DESTROYED)
    assert attend(closed.pk, now=ends)
    assert active_hold_on(clip.pk) is None


def test_only_legal_reads_what_has_retired(closed, ends, api_of, client_of, supervisor, legal):
    assert closed in cases_for(supervisor)
    attend(closed.pk, now=ends)
    page = reverse("escalations:case", args=[closed.pk])
    assert client_of(supervisor).get(page).status_code == 404
    assert "time was over" in client_of(legal).get(page).content.decode()
    body = api_of(legal).get(reverse("escalations-api:case", args=[closed.pk])).json()
    assert body["retired_at"] is not None


def test_the_page_says_until_when_it_is_kept_and_what_keeps_it_longer(closed, client_of, legal, now):
    page = reverse("escalations:case", args=[closed.pk])
    seen = client_of(legal).get(page).content.decode()
    assert "is kept until" in seen
    assert "A hold of legal" not in seen
    place_hold(closed.pk, reason="a trial", review_at=now + 90 * DAY, acting_user=legal, now=now)
    assert "A hold of legal" in client_of(legal).get(page).content.decode()


def test_reopened_its_time_begins_anew(closed, ends, legal, bring, clip):
    attend(closed.pk, now=ends - 7 * DAY)
    reopened = act(closed.pk, "reopen", Words(), acting_user=legal, now=ends - DAY)
    assert (retires_at(reopened), reopened.retention_said_at) == (None, None)
    assert not attend(closed.pk, now=ends)
    assert active_hold_on(clip.pk) is not None


def test_a_retired_case_can_be_reopened_while_its_evidence_is_there(closed, ends, legal):
    attend(closed.pk, now=ends)
    reopened = act(closed.pk, "reopen", Words(), acting_user=legal, now=ends)
    assert (reopened.state, reopened.retired_at) == (State.REOPENED, None)
    assert Hold.objects.active().count() == 1


def test_a_dismissed_case_retires_quietly_its_evidence_went_at_once(case, bring, legal, now):
    dismissed = bring(case, State.DISMISSED)
    ends = retires_at(dismissed)
    assert attend(dismissed.pk, now=ends - 30 * DAY)
    assert attend(dismissed.pk, now=ends)
    assert not Notice.objects.filter(code__in=CODES).exists()
    assert Entry.objects.filter(event="case.retired").count() == 1


def test_beat_finds_it(closed, ends, now, settings):
    Case.objects.update(ended_at=now - timedelta(days=settings.CASE_RETENTION_DAYS))
    assert (retire_ended_cases(), retire_ended_cases()) == (1, 0)


def test_an_open_case_never_retires(case, legal, now):
    assert not attend(case.pk, now=now + 4000 * DAY)
    with pytest.raises(IntegrityError, match="case_retired_was_ended"), transaction.atomic():
        Case.objects.update(retired_at=now)


def test_nothing_but_time_ends_a_hold_without_somebody(closed, now):
    with pytest.raises(IntegrityError, match="hold_ends_by_somebody"), transaction.atomic():
        Hold.objects.update(ended_at=now, ending="lifted")
