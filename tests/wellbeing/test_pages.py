"""The person's own pages and the group figures: they open, say what they must, and act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from project.accounts.models import User
from wellbeing.access import opted_out_categories
from wellbeing.actions.checkins import check_in, offer
from wellbeing.actions.exposure import note_sound, settle
from wellbeing.models import Break, CheckIn, Offer, WeeklyFigure, WellbeingPreferences

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client_of: Callable[..., Client], reviewer: User) -> Client:
    return client_of(reviewer)


def test_an_empty_day_opens(page: Client) -> None:
    answer = page.get("/today/")
    assert answer.status_code == 200
    assert b"0 of 345 min" in answer.content
    assert "no-store" in answer["Cache-Control"]


def test_the_day_shows_what_was_heard_in_words_too(page: Client, reviewer: User) -> None:
    now = timezone.now()
    note_sound(reviewer.pk, uuid4(), served_ms=600_000, severity=2, now=now)
    content = page.get("/today/").content.decode()
    assert "10 minutes, 10 of them heavy" in content
    assert "10 of 240 min" in content
    assert "<style" not in content
    assert "style=" not in content


def test_nobody_sees_another_day(client_of: Callable[..., Client], reviewer: User, supervisor: User) -> None:
    note_sound(reviewer.pk, uuid4(), served_ms=600_000, severity=2, now=timezone.now())
    assert b"10 of 240 min" not in client_of(supervisor).get("/today/").content


def test_a_break_begins_and_ends(page: Client) -> None:
    assert page.post("/today/break/start/", {"kind": "screen"}).status_code == 302
    assert b"You are on a break" in page.get("/today/").content
    page.post("/today/break/end/")
    assert b"You are on a break" not in page.get("/today/").content
    assert Break.objects.get().ended_at is not None


@pytest.mark.parametrize("body", [{}, {"kind": "nap"}, {"kind": "screen", "reason": "tired"}])
def test_a_break_of_no_kind_is_refused(page: Client, body: dict[str, str]) -> None:
    assert page.post("/today/break/start/", body).status_code == 400
    assert not Break.objects.exists()


def test_after_a_gravest_clip_the_page_says_so_and_lets_the_person_ask(page: Client, reviewer: User) -> None:
    settle(uuid4(), reviewer.pk, 3, timezone.now())
    assert b"That was a grave one" in page.get("/today/").content
    assert page.post("/today/gravest/ask/").status_code == 302


def test_putting_a_break_off_says_what_became_of_it(page: Client, reviewer: User) -> None:
    note_sound(reviewer.pk, uuid4(), served_ms=1000, now=timezone.now() - timedelta(minutes=2))
    first = page.post("/today/break/put-off/", follow=True)
    second = page.post("/today/break/put-off/", follow=True)
    assert b"twice as long" in first.content
    assert b"nothing to put off" in second.content


def test_preferences_are_kept(page: Client, reviewer: User) -> None:
    answer = page.post("/today/preferences/save/", {"opt_out": ["child", "threat"], "max_clips": "50"})
    assert answer.status_code == 302
    assert opted_out_categories(reviewer.pk) == {"child", "threat"}
    assert b'value="50"' in page.get("/today/preferences/").content


def test_a_harsher_preference_is_explained_beside_its_field(page: Client) -> None:
    answer = page.post("/today/preferences/save/", {"break_minutes": "5"})
    assert answer.status_code == 422
    assert b"The policy says 10" in answer.content
    assert not WellbeingPreferences.objects.exists()


def test_what_happens_stands_before_the_questions(page: Client) -> None:
    content = page.get("/check-ins/").content.decode()
    assert 0 < content.index("Before you answer") < content.index("How strong is the distress")
    assert "Not validated" in content


def test_what_it_means_stands_after_the_answer(page: Client) -> None:
    answer = page.post("/check-ins/give/", {"kind": "distress", "distress": "8"}, follow=True)
    assert b"Nothing happens by itself" in answer.content
    assert CheckIn.objects.count() == 1


def test_an_unanswered_item_keeps_nothing(page: Client) -> None:
    answer = page.post("/check-ins/give/", {"kind": "daily", "rested": "1"})
    assert answer.status_code == 422
    assert not CheckIn.objects.exists()


def test_an_unknown_check_in_is_refused(page: Client) -> None:
    assert page.post("/check-ins/give/", {"kind": "nothing"}).status_code == 400


def test_answers_can_be_deleted_one_by_one_and_together(page: Client, reviewer: User) -> None:
    rows = [check_in("distress", {"distress": n}, acting_user=reviewer, now=timezone.now()) for n in (1, 2, 3)]
    page.post(f"/check-ins/{rows[0].id}/delete/")
    assert CheckIn.objects.count() == 2
    page.post("/check-ins/delete/")
    assert CheckIn.objects.count() == 0


def test_a_foreign_answer_is_like_none(client_of: Callable[..., Client], reviewer: User, supervisor: User) -> None:
    row = check_in("distress", {"distress": 1}, acting_user=reviewer, now=timezone.now())
    theirs = client_of(supervisor)
    assert [theirs.post(f"/check-ins/{one}/delete/").status_code for one in (row.id, uuid4())] == [404, 404]
    assert CheckIn.objects.count() == 1


def test_everything_of_ones_own_can_be_taken_along(page: Client, reviewer: User) -> None:
    now = timezone.now()
    check_in("distress", {"distress": 4}, acting_user=reviewer, now=now)
    note_sound(reviewer.pk, uuid4(), served_ms=5000, now=now)
    answer = page.get("/check-ins/export/")
    body = answer.json()
    assert (body["check_ins"][0]["score"], body["heard"][0]["heard_ms"], body["breaks"]) == (4, 5000, [])
    assert (body["offers"], body["rooms"], body["messages"]) == ([], [], [])
    assert "no-store" in answer["Cache-Control"]


def test_an_offer_can_be_declined(page: Client, reviewer: User) -> None:
    made = offer(reviewer.pk, "after-24-hours", timezone.now(), timezone.now())
    assert b"A check-in, if you like" in page.get("/today/").content
    page.post(f"/check-ins/offers/{made.pk}/decline/")
    assert Offer.objects.get().closed_at is not None
    assert page.post(f"/check-ins/offers/{made.pk}/decline/").status_code == 404


def test_insights_without_figures_say_when_they_come(client_of: Callable[..., Client], supervisor: User) -> None:
    assert b"No figures yet" in client_of(supervisor).get("/insights/").content


def test_insights_show_what_is_frozen_and_why_something_is_not(
    client_of: Callable[..., Client], supervisor: User, team: object
) -> None:
    WeeklyFigure.objects.create(week="2026-11-09", team=None, measure="distress", value=35)
    WeeklyFigure.objects.create(week="2026-11-09", team=team, measure="distress", withheld="alike")
    content = client_of(supervisor).get("/insights/").content.decode()
    assert "35" in content
    assert "too alike" in content
    sheet = client_of(supervisor).get("/insights/file/").content.decode().splitlines()
    assert sheet[1:] == [
        "2026-11-09,everybody,Distress,of 100 (ten points each),35,",
        "2026-11-09,Team one,Distress,of 100 (ten points each),,alike",
    ]


def test_help_is_there_for_everybody_and_logs_nothing(client_of: Callable[..., Client], auditor: User) -> None:
    assert client_of(auditor).get("/help/").status_code == 200
