"""Quiet hours: by a place's clock, over midnight, across changed clocks; and what waits for their end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from project.notices.actions.notices import tell
from project.notices.actions.quiet import set_quiet_hours
from project.notices.actions.sends import deliver, sweep
from project.notices.kinds import PROPOSAL_WAITS
from project.notices.models import QuietHours, Send
from project.notices.quiet import LONGEST, length, quiet_until

ZONES = st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
TIMES = st.times().map(lambda at: at.replace(microsecond=0))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@settings(max_examples=60)
@given(now=MOMENTS, begins=TIMES, ends=TIMES, zone=ZONES)
def test_what_waits_goes_out_after_now_within_the_longest_time_and_into_no_other_quiet(now, begins, ends, zone):
    assume(begins != ends and length(begins, ends) <= LONGEST)
    until = quiet_until(now, begins, ends, ZoneInfo(zone))
    if until is not None:
        assert now < until <= now + LONGEST + timedelta(hours=1)  # an hour that the clock went through twice
        assert quiet_until(until, begins, ends, ZoneInfo(zone)) is None


@settings(max_examples=60)
@given(now=MOMENTS, begins=TIMES, ends=TIMES)
def test_where_no_clock_changes_it_is_the_time_of_day_that_decides(now, begins, ends):
    assume(begins != ends)
    wall = now.time()
    inside = begins <= wall < ends if begins < ends else not ends <= wall < begins
    assert (quiet_until(now, begins, ends, ZoneInfo("UTC")) is not None) is inside


NIGHT = (time(22), time(7), "Europe/Madrid")
LATE = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)  # half past midnight in Madrid
MORNING = datetime(2026, 7, 7, 5, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_mail_at_night_waits_until_the_morning_and_danger_to_life_does_not(mails, reviewer):
    set_quiet_hours(*NIGHT, acting_user=reviewer, now=LATE)
    waiting, urgent = [
        tell(reviewer, PROPOSAL_WAITS, now=LATE, urgent=urgent).sends.get(channel="email") for urgent in (False, True)
    ]
    assert (waiting.state, waiting.next_at, waiting.attempts) == ("waiting", MORNING, 0)
    assert sweep(now=LATE + timedelta(hours=1)) == 1
    urgent.refresh_from_db()
    assert urgent.state == "sent"
    assert not deliver(waiting.pk, now=MORNING - timedelta(seconds=1))
    assert (sweep(now=MORNING), sweep(now=MORNING + timedelta(days=1))) == (1, 0)
    assert len(mails.taken) == 2
    # In the app it stood at once.
    assert set(Send.objects.filter(channel="in_app").values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db
def test_a_retry_keeps_the_night_too_and_changed_hours_move_what_waits(mails, reviewer):
    evening = datetime(2026, 7, 6, 19, 59, 50, tzinfo=UTC)
    set_quiet_hours(*NIGHT, acting_user=reviewer, now=evening)
    mails.leaves()
    send = tell(reviewer, PROPOSAL_WAITS, now=evening).sends.get(channel="email")
    assert not deliver(send.pk, now=evening)
    mails.returns()
    assert sweep(now=evening + timedelta(minutes=1)) == 0
    send.refresh_from_db()
    assert (send.next_at, send.attempts) == (MORNING, 1)

    other = tell(reviewer, PROPOSAL_WAITS, now=LATE).sends.get(channel="email")
    set_quiet_hours(None, None, "Europe/Madrid", acting_user=reviewer, now=LATE)
    other.refresh_from_db()
    assert other.next_at == LATE
    assert not QuietHours.objects.exists()


@pytest.mark.django_db
def test_the_page_keeps_them_and_says_what_is_wrong(client_of, reviewer, other_reviewer):
    client = client_of(reviewer)
    wrong = [
        ({"begins": "22:00", "ends": ""}, "need a beginning and an end"),
        ({"begins": "22:00", "ends": "22:00"}, "need a beginning and an end"),
        ({"begins": "07:00", "ends": "06:00"}, "at most 16 hours"),
        ({"begins": "7 pm", "ends": "06:00"}, "look at the fields"),
    ]
    for fields, said in wrong:
        answer = client.post("/notices/quiet/save/", {**fields, "time_zone": "Europe/Madrid"})
        assert (answer.status_code, said in answer.content.decode()) == (422, True), fields
    assert client.post("/notices/quiet/save/", {"begins": "", "ends": "", "time_zone": "Mars"}).status_code == 422
    for _ in range(2):  # twice is once
        answer = client.post("/notices/quiet/save/", {"begins": "22:00", "ends": "07:00", "time_zone": "Europe/Madrid"})
        assert answer["Location"] == "/notices/quiet/"
    assert 'value="22:00"' in client.get("/notices/quiet/").content.decode()
    assert 'value="22:00"' not in client_of(other_reviewer).get("/notices/quiet/").content.decode()
    assert str(QuietHours.objects.get()) == "22:00 to 07:00, Europe/Madrid"
