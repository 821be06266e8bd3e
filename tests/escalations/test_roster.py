"""Who is on call: planned by supervisors, told by the ladder's last step, and a gap is everybody's and said."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from escalations.actions.clocks import climb
from escalations.actions.duties import AlreadyPlanned, DutyOver, cancel_duty, gaps_between, nobody_on_call, plan_duty
from escalations.models import OnCallDuty
from escalations.registrations import on_call as status_of_on_call
from escalations.roster import Span, gaps, span_of, weekly
from escalations.states import State
from project.accounts.access import Role
from project.accounts.actions.accounts import deactivate
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Invalid
from reviews.demo import on_call
from tests.cast import make_user

HOUR, QUARTER, DAY = timedelta(hours=1), timedelta(minutes=15), timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
spans = st.lists(
    st.tuples(st.integers(-5, 60), st.integers(1, 20)).map(
        lambda at: Span(START + at[0] * HOUR, START + (at[0] + at[1]) * HOUR)
    ),
    max_size=8,
)


@given(spans=spans)
def test_every_hour_is_either_somebodys_or_in_a_gap(spans):
    found = gaps(spans, START, START + 48 * HOUR)
    for hour in (START + n * HOUR for n in range(48)):
        covered = any(span.starts_at <= hour < span.ends_at for span in spans)
        assert covered != any(gap.starts_at <= hour < gap.ends_at for gap in found)


@given(spans=spans)
def test_gaps_stand_in_order_and_do_not_touch(spans):
    found = gaps(spans, START, START + 48 * HOUR)
    assert all(gap.starts_at < gap.ends_at for gap in found)
    assert all(one.ends_at < other.starts_at for one, other in zip(found, found[1:], strict=False))


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)),
    length=st.timedeltas(timedelta(minutes=1), timedelta(days=14)),
    zone=st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_a_duty_is_never_shorter_than_what_was_written_by_more_than_a_changed_clock(at, length, zone):
    span = span_of(at, at + length, ZoneInfo(zone))
    assert abs((span.ends_at - span.starts_at) - length) <= 2 * HOUR
    assert span.starts_at < span.ends_at


def test_an_hour_that_comes_twice_is_served_twice():
    vienna = ZoneInfo("Europe/Vienna")
    span = span_of(datetime(2026, 10, 25, 2), datetime(2026, 10, 25, 2, 59), vienna)
    assert span.ends_at - span.starts_at == timedelta(hours=1, minutes=59)


def test_it_must_end_after_it_began():
    with pytest.raises(ValueError, match="after"):
        span_of(datetime(2026, 5, 1, 9), datetime(2026, 5, 1, 9), ZoneInfo("UTC"))


@pytest.fixture
def plan(supervisor, now):
    def make(person, start=-HOUR, end=8 * HOUR, by=supervisor):
        return plan_duty(person.pk, Span(now + start, now + end), time_zone="UTC", acting_user=by, now=now)

    return make


def told(user, code="case-late") -> int:
    return Notice.objects.filter(user=user, code=code).count()


def climb_to_on_call(case, now):
    clock = case.clocks.get(kind="acknowledge")
    for step in range(3):
        rung = climb(clock.pk, now=now + HOUR + step * QUARTER)
    return rung


@pytest.mark.django_db
def test_the_last_step_tells_whoever_is_on_call_and_nobody_else(
    case, plan, supervisor, other_supervisor, legal, other_legal, now
):
    plan(other_legal)
    rung = climb_to_on_call(case, now)
    assert (rung.audience, rung.told) == ("on-call", 1)
    assert (told(supervisor), told(other_supervisor), told(legal), told(other_legal)) == (2, 1, 0, 1)


@pytest.mark.django_db
def test_in_a_gap_all_supervisors_and_legal_are_told_and_timeline_and_ledger_say_so(
    case, plan, supervisor, other_supervisor, legal, other_legal, now, client_of
):
    plan(other_legal, end=HOUR)
    rung = climb_to_on_call(case, now)
    assert rung.told == 4
    assert Entry.objects.filter(event="case.clock-missed", facts__gap=True).count() == 1
    text = client_of(supervisor).get(reverse("escalations:case", args=[case.pk])).content.decode()
    assert "nobody was on call, so all were told" in text


@pytest.mark.django_db
def test_on_call_but_too_close_to_it_counts_as_a_gap(case, plan, reviewer, supervisor, legal, now):
    reviewer.roles = ["reviewer", "legal"]
    reviewer.save()
    plan(reviewer)
    climb_to_on_call(case, now)
    assert (told(reviewer), told(legal)) == (0, 1)


@pytest.mark.django_db
def test_what_is_legals_climbs_to_legal_on_call_only(case, bring, plan, other_supervisor, legal, other_legal, now):
    """A supervisor of another team has no business in it, on call or not."""
    bring(case, State.WITH_LEGAL)
    plan(other_supervisor, end=9 * DAY)
    plan(other_legal, end=9 * DAY)
    clock = case.clocks.running().get(kind="decide")
    for step in range(3):
        climb(clock.pk, now=clock.due_at + step * QUARTER)
    assert (told(other_supervisor), told(legal), told(other_legal)) == (0, 2, 3)


@pytest.mark.django_db
def test_status_is_red_in_a_gap_of_a_roster_that_is_in_use(plan, supervisor, legal, now):
    assert status_of_on_call() is None  # nobody plans any roster
    duty = plan(legal)
    assert nobody_on_call(now) is None
    assert "nobody is on call" in (nobody_on_call(duty.ends_at) or "")
    deactivate(legal.pk, acting_user=None, now=now)
    assert "nobody is on call" in (status_of_on_call() or "")


@pytest.mark.django_db
def test_a_plan_is_told_recorded_and_once(plan, legal, now):
    duty = plan(legal)
    assert told(legal, "on-call-planned") == 1
    assert Entry.objects.get(event="on-call.planned").facts["person"] == str(legal.pk)
    with pytest.raises(AlreadyPlanned):
        plan(legal)
    assert [gap.starts_at for gap in gaps_between(now, now + DAY)] == [duty.ends_at]


@pytest.mark.django_db
def test_a_cancelled_duty_is_over_at_once_and_once(plan, supervisor, legal, now):
    duty = plan(legal)
    cancel_duty(duty.pk, acting_user=supervisor, now=now)
    assert told(legal, "on-call-cancelled") == 1
    assert len(gaps_between(now, now + HOUR)) == 1
    with pytest.raises(DutyOver):
        cancel_duty(duty.pk, acting_user=supervisor, now=now)
    plan(legal)  # and may be planned again


def test_nine_o_clock_stays_nine_in_every_week():
    vienna = ZoneInfo("Europe/Vienna")
    monday = datetime(2026, 3, 23, 9)
    found = weekly(span_of(monday, monday + DAY, vienna), monday, monday + DAY, vienna, 3)
    assert [one.starts_at.astimezone(vienna).replace(tzinfo=None) for one in found] == [
        monday + timedelta(weeks=week) for week in range(3)
    ]
    assert found[1].starts_at - found[0].starts_at == timedelta(days=7, hours=-1)


@pytest.mark.django_db
def test_a_weekly_duty_is_told_once_and_ends_from_a_week_on(api_of, client_of, supervisor, legal, now):
    url, client = reverse("escalations-api:on-call"), api_of(supervisor)
    body = {"person": str(legal.pk), "starts_at": now + HOUR, "ends_at": now + DAY, "time_zone": "UTC", "weeks": 4}
    first = client.post(url, body, format="json").json()
    assert (OnCallDuty.objects.count(), told(legal, "on-call-planned")) == (4, 1)
    assert Entry.objects.filter(event="on-call.planned").count() == 4
    third = OnCallDuty.objects.order_by("starts_at")[2]
    assert (third.starts_at - now, str(third.series)) == (HOUR + 14 * DAY, first["series"])
    again = {**body, "starts_at": third.starts_at, "ends_at": third.ends_at}
    assert client.post(url, again, format="json").status_code == 409  # one of them is planned: so none is
    assert client.post(url, {**body, "weeks": 53}, format="json").status_code == 400
    assert client.post(url, {**body, "ends_at": now, "weeks": 2}, format="json").status_code == 400
    assert OnCallDuty.objects.count() == 4
    cancel = reverse("escalations:on-call-cancel", args=[third.pk])
    after = client_of(supervisor).post(cancel, {"following": "yes"}, follow=True).content.decode()
    assert "Cancelled with every week after it." in after
    assert "Cancel from here on" in after
    assert list(OnCallDuty.objects.filter(cancelled_at=None).values_list("starts_at", flat=True)) == [
        now + HOUR, now + HOUR + 7 * DAY,
    ]  # fmt: skip
    assert told(legal, "on-call-cancelled") == 1
    one = reverse("escalations-api:on-call-cancel", args=[first["id"]])
    assert client.post(one, {"following": True}, format="json").status_code == 200
    assert not OnCallDuty.objects.filter(cancelled_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("day", [1, 4, 5, 29])  # a Sunday, and days on both sides of the change of duty and of clocks
def test_the_demo_has_somebody_of_both_on_call_at_every_hour_whichever_day_it_is_made(day):
    now = datetime(2026, 3, day, 8, 30, tzinfo=UTC)
    for pair in on_call.PAIRS:
        for name in pair:
            make_user(name, Role.LEGAL if name.startswith("legal") else Role.SUPERVISOR)
    on_call.make_roster(now)
    on_call.make_roster(now)
    assert gaps_between(now, now + 340 * DAY) == []
    for pair in on_call.PAIRS:
        rows = OnCallDuty.objects.filter(person__name__in=pair).values_list("starts_at", "ends_at")
        assert gaps([Span(*row) for row in rows], now, now + 340 * DAY) == []


@pytest.mark.django_db
@pytest.mark.parametrize("start, end", [(HOUR, HOUR), (HOUR, 15 * DAY), (-2 * HOUR, -HOUR), (400 * DAY, 401 * DAY)])
def test_what_is_no_duty_is_refused(plan, legal, start, end):
    with pytest.raises(Invalid):
        plan(legal, start, end)
    assert not OnCallDuty.objects.exists()


@pytest.mark.django_db
def test_only_who_may_act_can_be_on_call(plan, reviewer):
    with pytest.raises(Invalid):
        plan(reviewer)


@pytest.mark.django_db
def test_the_api_plans_lists_and_cancels(api_of, supervisor, legal, now):
    body = {"person": str(legal.pk), "starts_at": now - HOUR, "ends_at": now + DAY, "time_zone": "Europe/Vienna"}
    url, client = reverse("escalations-api:on-call"), api_of(supervisor)
    made = client.post(url, body, format="json")
    assert (made.status_code, made.json()["name"]) == (201, "legal")
    assert client.post(url, body, format="json").status_code == 409
    assert client.post(url, {**body, "time_zone": "Mars/Base"}, format="json").status_code == 400
    assert api_of(legal).post(url, body, format="json").status_code == 404
    listed = api_of(legal).get(url).json()
    assert ([one["id"] for one in listed["results"]], len(listed["gaps"])) == ([made.json()["id"]], 1)
    cancel = reverse("escalations-api:on-call-cancel", args=[made.json()["id"]])
    assert client.get(cancel).status_code == 405
    assert client.post(cancel).json()["cancelled_at"]
    assert client.post(cancel).status_code == 409
    assert client.post(reverse("escalations-api:on-call-cancel", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.django_db
def test_the_page_plans_shows_the_gap_and_cancels(client_of, supervisor, legal, now):
    client = client_of(supervisor)
    assert "No roster is planned" in client.get("/on-call/").content.decode()
    form = {"person": str(legal.pk), "begins": f"{now - HOUR:%Y-%m-%dT%H:%M}", "zone": "UTC"}
    wrong = client.post("/on-call/plan/", {**form, "ends": f"{now - DAY:%Y-%m-%dT%H:%M}"})
    assert (wrong.status_code, "It must end after it began." in wrong.content.decode()) == (422, True)
    right = client.post("/on-call/plan/", {**form, "ends": f"{now + DAY:%Y-%m-%dT%H:%M}"}, follow=True)
    assert "On call now: legal." in right.content.decode()
    assert "Nobody" in right.content.decode()
    readers = client_of(legal).get("/on-call/").content.decode()
    assert "Plan a duty" not in readers
    duty = OnCallDuty.objects.get()
    after = client.post(reverse("escalations:on-call-cancel", args=[duty.pk]), follow=True)
    assert "No roster is planned" in after.content.decode()
