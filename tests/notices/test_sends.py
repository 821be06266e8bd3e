"""Every send is a row with its attempts and what became of it; what fails is seen, tried again, and goes out once."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connections
from prometheus_client import generate_latest

from escalations.actions.clocks import climb
from escalations.models import Clock
from escalations.notices import CASE_LATE, REPORT_RECEIVED
from project.accounts.access import Role
from project.ledger.models import Entry
from project.notices import failures
from project.notices.actions.notices import GIVE_UP_AFTER, tell
from project.notices.actions.quiet import set_quiet_hours
from project.notices.actions.sends import deliver, due_sends, retry, sweep, wait_after
from project.notices.checks import the_organisations_addresses_can_be_read
from project.notices.kinds import PROPOSAL_WAITS
from project.notices.models import Send
from reviews.notices import PLAN_CHANGED
from tests.cast import make_user
from tests.notices.conftest import SECRET
from wellbeing.actions.alerts import page_second_moderators

pytestmark = pytest.mark.django_db


def outward() -> list[tuple[str, str, int, str]]:
    """In the order of what is said: rows of one moment have no other."""
    return sorted(Send.objects.exclude(channel="in_app").values_list("channel", "state", "attempts", "error"))


def test_a_rung_of_the_ladder_is_a_row_on_each_way_to_each_person_and_once_to_the_organisation(
    mails, hook, report, team, supervisor, now
):
    team.supervisors.add(make_user("second", Role.SUPERVISOR))
    report()
    sweep(now=now)
    mails.taken.clear()
    hook.taken.clear()
    clock = Clock.objects.running().earliest("due_at")
    rung = climb(clock.pk, now=clock.due_at)
    sends = Send.objects.filter(notice__code="case-late", created_at=rung.climbed_at)
    assert rung.told == 2
    assert sorted(sends.values_list("channel", flat=True)) == ["apprise", "email", "email", "in_app", "in_app"]
    assert (sweep(now=clock.due_at), sweep(now=clock.due_at)) == (3, 0)
    assert sorted(mail["To"] for mail in mails.taken) == ["second@earshot.example", "supervisor@earshot.example"]
    assert {mail["Subject"] for mail in mails.taken} == {"Earshot: A case is late"}
    assert [message["title"] for message in hook.taken] == ["Earshot: A case is late"]
    said = str([mail.as_string() for mail in mails.taken]) + json.dumps(hook.taken)
    case = clock.case
    assert not [word for word in (str(case.pk), case.number, "violence", "reviewer", team.name) if word in said]


def test_a_call_to_moderators_is_a_row_on_each_way_at_night_too_and_never_goes_to_the_organisation(
    mails, hook, post, reviewer, moderator, other_moderator, now
):
    for person in (moderator, other_moderator):
        start, end = now - timedelta(hours=1), now + timedelta(hours=1)
        set_quiet_hours(start.time(), end.time(), "UTC", acting_user=person, now=now)
    post(reviewer, "I want to kill myself", now=now)
    page_second_moderators(now=now + timedelta(minutes=2))
    calls = Send.objects.filter(notice__code__in=["room-alert", "room-alert-half-time"]).order_by(
        "created_at", "channel"
    )
    assert list(calls.values_list("notice__user__name", "channel", "urgent")) == [
        ("moderator", "email", True),
        ("moderator", "in_app", False),
        ("other-moderator", "email", True),
        ("other-moderator", "in_app", False),
    ]
    assert sweep(now=now + timedelta(minutes=2)) == 2
    assert hook.taken == []


def test_away_for_an_hour_then_everything_goes_out_once(mails, hook, settings, supervisor, reviewer, caplog, now):
    mails.leaves()
    hook.leaves()
    for person in (supervisor, reviewer):
        tell(person, CASE_LATE, now=now, about=supervisor)
    for minute in range(0, 60, 2):
        sweep(now=now + timedelta(minutes=minute))
    assert {row[:2] for row in outward()} == {("apprise", "waiting"), ("email", "waiting")}
    assert {row[3] for row in outward() if row[0] == "email"} == {"ConnectionRefusedError"}
    assert all(3 <= row[2] <= 30 for row in outward())  # more and more seldom, urgent ones every five minutes
    assert failures.not_getting_through() == "3 messages do not get through"
    assert failures.by_channel() == {"email": 2.0, "apprise": 1.0}

    mails.returns()
    hook.returns()
    for minute in range(60, 180, 5):
        sweep(now=now + timedelta(minutes=minute))
    assert [row[:2] for row in outward()] == [("apprise", "sent"), ("email", "sent"), ("email", "sent")]
    assert {row[3] for row in outward()} == {""}
    assert (len(mails.taken), len(hook.taken)) == (2, 1)
    assert failures.not_getting_through() is None

    # The address is a secret: not in a row, a log line or a figure.
    everywhere = caplog.text + str(list(Send.objects.values())) + generate_latest().decode()
    assert SECRET not in everywhere
    assert "password" not in str(list(Send.objects.values()))


def test_whatever_goes_wrong_ends_on_the_row_by_its_class_alone(mails, hook, settings, supervisor, now):
    mails.refuses, hook.status = True, 503
    tell(supervisor, CASE_LATE, now=now, about=supervisor)
    assert sweep(now=now) == 0
    assert outward() == [
        ("apprise", "waiting", 1, "NotTaken"),
        ("email", "waiting", 1, "SMTPRecipientsRefused"),
    ]
    settings.EMAIL_BACKEND = "no.such.Backend"  # no OSError: it used to leave the task and no trace
    sweep(now=now + timedelta(minutes=1))
    assert outward()[1] == ("email", "waiting", 2, "ModuleNotFoundError")


def test_it_is_given_up_after_three_days_and_somebody_may_try_again(mails, supervisor, administrator, now):
    mails.leaves()
    send = tell(supervisor, PROPOSAL_WAITS, now=now).sends.get(channel="email")
    at = now
    while at < now + GIVE_UP_AFTER + timedelta(hours=2):
        deliver(send.pk, now=at)
        at += timedelta(hours=1)
    send.refresh_from_db()
    assert (send.state, send.next_at, send.error) == ("failed", None, "ConnectionRefusedError")
    assert due_sends(now=at) == []
    assert failures.not_getting_through() == "1 messages do not get through"
    mails.returns()
    assert retry(person_id=supervisor.pk, acting_user=administrator, now=at) == 1
    assert (sweep(now=at), sweep(now=at + timedelta(days=9)), len(mails.taken)) == (1, 0, 1)
    assert retry(person_id=supervisor.pk, acting_user=administrator, now=at) == 0  # twice: nothing fails any more
    assert Entry.objects.filter(event="sends.retried").count() == 1


def test_the_wait_doubles_up_to_an_hour_and_to_five_minutes_where_life_is_in_danger():
    waits = [wait_after(attempts, urgent=False) for attempts in range(1, 60)]
    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1))
    assert max(wait_after(attempts, urgent=True) for attempts in range(1, 60)) == timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends_and_one_that_was_killed_is_followed_after_its_lease(mails, supervisor, now):
    send = tell(supervisor, PROPOSAL_WAITS, now=now).sends.get(channel="email")
    barrier, sent = threading.Barrier(4), []

    def work() -> None:
        barrier.wait()
        sent.append(deliver(send.pk, now=now))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(sent), len(mails.taken)) == ([False, False, False, True], 1)

    # Killed between the mail and its outcome: the row as such a worker leaves it.
    Send.objects.filter(pk=send.pk).update(state="waiting", next_at=now + timedelta(minutes=2), done_at=None)
    assert sweep(now=now + timedelta(minutes=1)) == 0
    assert sweep(now=now + timedelta(minutes=2)) == 1
    assert mails.taken[0]["Message-ID"] == mails.taken[1]["Message-ID"]  # at least once, and to be told as the same


def test_a_closed_account_and_an_address_taken_away_end_what_waits(
    mails, hook, settings, client_of, supervisor, other_supervisor, now
):
    tell(supervisor, CASE_LATE, now=now, about=supervisor)
    supervisor.is_active = False
    supervisor.save()
    settings.APPRISE_URLS = {}
    sweep(now=now)
    assert outward() == [("apprise", "dropped", 1, "NoSuchAddress"), ("email", "dropped", 1, "AccountClosed")]
    settings.EMAIL_HOST = ""
    tell(other_supervisor, PROPOSAL_WAITS, now=now)
    sweep(now=now)
    assert ("email", "dropped", 1, "NoMailServer") in outward()
    assert "no mail is set up here" in client_of(other_supervisor).get("/notices/").content.decode()
    assert failures.not_getting_through() is None


def test_a_way_that_is_away_does_not_hold_up_the_sweep_for_all_that_waits(mails, supervisor, now):
    mails.leaves()
    for _ in range(8):
        tell(supervisor, PROPOSAL_WAITS, now=now)
    sweep(now=now)
    assert sorted(row[2] for row in outward()) == [0] * 5 + [1] * 3


def test_who_sees_what_fails_and_who_may_try_again(
    mails, hook, client_of, team, reviewer, far_reviewer, supervisor, administrator, auditor, now
):
    """A supervisor learns of the team's mails about work, never of one about a report: it would name its reporter."""
    mails.leaves()
    hook.status = 500
    tell(reviewer, REPORT_RECEIVED, now=now)
    tell(far_reviewer, PLAN_CHANGED, now=now)
    tell(administrator, CASE_LATE, now=now, about=team)
    sweep(now=now)

    def page(user) -> str:
        return client_of(user).get("/notices/failing/").content.decode()

    assert "Nothing that you may see here fails" in page(supervisor)
    assert "did not get through" in client_of(reviewer).get("/notices/").content.decode()
    seen = page(administrator)
    assert [name in seen for name in ("reviewer", "far-reviewer", "on-call", "ConnectionRefusedError")] == [True] * 4
    assert not [word for word in ("report", SECRET, "Your planned shifts") if word in seen.replace("reporter", "")]
    assert "Messages that do not get through" in client_of(administrator).get("/").content.decode()
    assert client_of(auditor).get("/notices/failing/").status_code == 404

    tell(reviewer, PLAN_CHANGED, now=now)
    Send.objects.filter(state="waiting").update(next_at=now)
    sweep(now=now)
    sweep(now=now)  # the first gave the mail server up after three
    assert "reviewer" in page(supervisor)
    assert "far-reviewer" not in page(supervisor)

    def tries_again(user, person) -> bool:
        before = set(Send.objects.values_list("pk", "next_at"))
        assert client_of(user).post("/notices/failing/retry/", {"person": person}).status_code == 302
        return set(Send.objects.values_list("pk", "next_at")) != before

    assert client_of(supervisor).get("/notices/failing/retry/").status_code == 405
    assert client_of(supervisor).post("/notices/failing/retry/", {"person": "everybody"}).status_code == 400
    assert [tries_again(supervisor, far_reviewer.pk), tries_again(supervisor, ""), tries_again(auditor, "")] == [
        False
    ] * 3
    assert Entry.objects.filter(event="sends.retried").count() == 0
    assert [tries_again(supervisor, reviewer.pk), tries_again(administrator, "")] == [True] * 2
    # The supervisor's try left the mail about the report where it was; the reviewer's own takes it along.
    assert Send.objects.get(notice__code="report-received", channel="email").next_at > now
    assert tries_again(reviewer, reviewer.pk)


def test_an_address_that_no_service_understands_is_said_by_its_name(settings):
    settings.APPRISE_URLS = {"on-call": "json://127.0.0.1/", "desk": "nonsense://secret-word"}
    (fault,) = the_organisations_addresses_can_be_read(None)
    assert "desk" in fault.msg
    assert "secret-word" not in fault.msg + str(fault.hint)


def test_danger_to_life_goes_first(mails, supervisor, reviewer, now):
    tell(reviewer, PROPOSAL_WAITS, now=now)
    tell(supervisor, PROPOSAL_WAITS, now=now + timedelta(seconds=1), urgent=True)
    sweep(now=now + timedelta(seconds=2))
    assert [mail["To"] for mail in mails.taken] == [supervisor.email, reviewer.email]
