"""Giving a check-in: sealed, explained, the person's own, in no ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from project import vault
from project.accounts.models import User
from project.ledger.models import Entry
from project.notices.models import Notice
from wellbeing.actions.checkins import (
    check_in,
    decline_offer,
    delete_expired,
    history,
    offer,
    offer_follow_ups,
    open_offers,
    tell_of_due_offers,
)
from wellbeing.checkin_errors import AnswersDoNotFit, NotLoaded, TooSoon
from wellbeing.models import CheckIn, Instrument, Offer

pytestmark = pytest.mark.django_db
HERE = "/api/v1/me/check-ins/"


@pytest.fixture
def api(api_of: Callable[..., APIClient], reviewer: User) -> APIClient:
    return api_of(reviewer)


def test_distress_is_kept_and_its_meaning_said(api: APIClient) -> None:
    answer = api.post(HERE, {"kind": "distress", "distress": 8}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["kind"], body["score"], body["out_of"], body["support"]) == ("distress", 8, 10, True)
    assert "Nothing happens by itself" in body["meaning"]


def test_the_daily_one_turns_its_reversed_item_round(api: APIClient) -> None:
    answers = {"rested": 4, "carrying": 0, "supported": 4}
    body = api.post(HERE, {"kind": "daily", "answers": answers}, format="json").json()
    assert (body["score"], body["out_of"], body["support"]) == (12, 12, False)


def test_what_happens_is_said_before(api: APIClient) -> None:
    body = api.get(HERE).json()
    assert "Voluntary" in body["before"]
    assert "90 days" in body["before"]
    assert [kind["kind"] for kind in body["kinds"]] == ["distress", "daily"]
    assert "Not validated" in body["kinds"][1]["origin"]


def test_the_person_reads_their_own_back(api: APIClient) -> None:
    api.post(HERE, {"distress": 3}, format="json")
    api.post(HERE, {"distress": 5}, format="json")
    assert [found["score"] for found in api.get(HERE).json()["check_ins"]] == [5, 3]


def test_nobody_else_reads_it(api: APIClient, api_of: Callable[..., APIClient], supervisor: User) -> None:
    made = api.post(HERE, {"distress": 3}, format="json").json()
    theirs = api_of(supervisor)
    assert theirs.get(HERE).json()["check_ins"] == []
    assert theirs.delete(f"{HERE}{made['id']}/").status_code == 404
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "distress"},
        {"distress": 11},
        {"distress": -1},
        {"distress": 3, "answers": {"distress": 3}},
        {"kind": "daily", "distress": 3},
        {"kind": "daily", "answers": {"rested": 1}},
        {"kind": "daily", "answers": {"rested": 5, "carrying": 0, "supported": 0}},
        {"kind": "who-5", "answers": {"item1": 1}},
        {"kind": "nothing", "answers": {"item1": 1}},
        {"kind": "distress", "distress": 3, "note": "hello"},
    ],
)
def test_what_does_not_fit_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.post(HERE, body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not CheckIn.objects.exists()


def test_a_role_that_does_not_listen_finds_nothing(api_of: Callable[..., APIClient], auditor: User) -> None:
    assert api_of(auditor).get(HERE).status_code == 404


def test_the_answer_is_nowhere_in_the_clear(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_answers FROM wellbeing_checkin")
        sealed = bytes(cursor.fetchone()[0])
    assert b"distress" not in sealed
    assert b"score" not in sealed


def test_neither_ledger_nor_supervisor_hears_of_it(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 10}, acting_user=reviewer, now=now)
    assert not Entry.objects.exists()
    assert not Notice.objects.exists()


def test_a_rise_of_three_offers_support(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 1}, acting_user=reviewer, now=now)
    later = now + timedelta(hours=1)
    assert check_in("distress", {"distress": 4}, acting_user=reviewer, now=later).support is True
    assert check_in("distress", {"distress": 5}, acting_user=reviewer, now=later + timedelta(hours=1)).support is False


def test_one_answer_can_be_deleted(api: APIClient) -> None:
    made = api.post(HERE, {"distress": 3}, format="json").json()
    key = CheckIn.objects.get().sealed_under
    assert api.delete(f"{HERE}{made['id']}/").status_code == 204
    assert vault.key_is_absent(key)
    assert api.delete(f"{HERE}{made['id']}/").status_code == 404


def test_deleting_everything_shreds_its_keys(api: APIClient, reviewer: User) -> None:
    api.post(HERE, {"distress": 3}, format="json")
    object_id = CheckIn.objects.get(person=reviewer).sealed_under
    assert api.delete(HERE).status_code == 204
    assert api.delete(HERE).status_code == 204
    with pytest.raises(vault.KeyGone):
        vault.data_key(object_id)
    api.post(HERE, {"distress": 2}, format="json")
    assert [found["score"] for found in api.get(HERE).json()["check_ins"]] == [2]


def test_they_live_ninety_days(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now)
    assert delete_expired(now=now + timedelta(days=89)) == 0
    assert history(acting_user=reviewer, now=now + timedelta(days=90)) == []
    assert delete_expired(now=now + timedelta(days=90)) == 1


def test_a_published_scale_needs_its_texts(reviewer: User, now: datetime) -> None:
    with pytest.raises(NotLoaded):
        check_in("who-5", {f"item{n}": 3 for n in range(1, 6)}, acting_user=reviewer, now=now)


def test_who_5_is_at_most_fortnightly(reviewer: User, now: datetime) -> None:
    Instrument.objects.create(
        code="who-5", title="Scale", attribution="A", terms="T", items={}, choices=[], loaded_at=now
    )
    answers = {f"item{n}": 3 for n in range(1, 6)}
    assert check_in("who-5", answers, acting_user=reviewer, now=now).score == 60
    with pytest.raises(TooSoon):
        check_in("who-5", answers, acting_user=reviewer, now=now + timedelta(days=13))
    check_in("who-5", answers, acting_user=reviewer, now=now + timedelta(days=14))


def test_an_answer_that_does_not_fit_is_named_without_its_value(reviewer: User, now: datetime) -> None:
    with pytest.raises(AnswersDoNotFit) as refused:
        check_in("distress", {"distress": 4711}, acting_user=reviewer, now=now)
    assert "4711" not in refused.value.detail


def test_an_offer_is_told_once_when_it_is_due(reviewer: User, now: datetime) -> None:
    offer_follow_ups(reviewer.pk, now)
    assert tell_of_due_offers(now=now + timedelta(hours=23)) == 0
    assert tell_of_due_offers(now=now + timedelta(hours=24)) == 1
    assert tell_of_due_offers(now=now + timedelta(hours=25)) == 0
    assert tell_of_due_offers(now=now + timedelta(days=28)) == 2
    assert Notice.objects.filter(user=reviewer).count() == 2  # what comes due together is one word


def test_five_flags_of_one_day_are_three_offers_and_a_later_one_has_its_own(
    reviewer: User, other_reviewer: User, now: datetime
) -> None:
    made = [offer_follow_ups(reviewer.pk, now + timedelta(hours=hours)) for hours in (0, 0, 1, 3, 8)]
    assert Offer.objects.count() == 3
    assert {tuple(row.pk for row in rows) for rows in made} == {tuple(row.pk for row in made[0])}
    offer_follow_ups(other_reviewer.pk, now)
    assert Offer.objects.filter(person=other_reviewer).count() == 3  # everybody has their own

    two_days_on = offer_follow_ups(reviewer.pk, now + timedelta(days=2))  # its first falls on the 72 hours of the first
    assert [row in made[0] for row in two_days_on] == [True, False, True]
    a_week_on = offer_follow_ups(reviewer.pk, now + timedelta(days=7))
    assert [row in (*made[0], *two_days_on) for row in a_week_on] == [False, False, False]


def test_an_offer_that_was_declined_is_no_answer_to_a_new_flag(reviewer: User, now: datetime) -> None:
    first, *_ = offer_follow_ups(reviewer.pk, now)
    decline_offer(first, acting_user=reviewer, now=now)
    again, *_ = offer_follow_ups(reviewer.pk, now + timedelta(seconds=1))
    assert (again.kind, again.closed_at, Offer.objects.count()) == ("after-24-hours", None, 3 + 1)
    offer(reviewer.pk, "after-72-hours", again.due_at, now)
    decline_offer(again, acting_user=reviewer, now=again.due_at)
    assert open_offers(reviewer.pk, again.due_at) == []  # No is said once to all that wait


def test_the_same_offer_twice_is_one(reviewer: User, now: datetime) -> None:
    offer(reviewer.pk, "after-24-hours", now, now)
    offer(reviewer.pk, "after-24-hours", now, now)
    assert Offer.objects.count() == 1


def test_answering_closes_what_was_due(reviewer: User, now: datetime) -> None:
    offer(reviewer.pk, "after-24-hours", now, now)
    assert len(open_offers(reviewer.pk, now)) == 1
    check_in("distress", {"distress": 2}, acting_user=reviewer, now=now)
    assert open_offers(reviewer.pk, now) == []
