"""Letting a counsellor read one's check-ins: chosen, seen, ended at once, and no list of who seeks help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent, Invalid
from tests.cast import make_user
from wellbeing.actions.checkins import check_in, delete_everything
from wellbeing.actions.own import everything_of
from wellbeing.actions.shares import end_shares, read_shared, revoke_share, share_check_ins, shares_of
from wellbeing.models import Reading, Share

pytestmark = pytest.mark.django_db
MINE, THEIRS = "/api/v1/me/shares/", "/api/v1/shared-check-ins/"


@pytest.fixture
def share(reviewer: User, moderator: User, now: datetime) -> Share:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now)
    return share_check_ins(moderator.pk, days=7, acting_user=reviewer, now=now)


def test_the_chosen_one_reads_and_the_person_sees_when(
    reviewer: User, moderator: User, share: Share, now: datetime
) -> None:
    assert shares_of(reviewer, now)[0].read_at == ()
    then = now + timedelta(hours=1)
    _, found = read_shared(share.pk, acting_user=moderator, now=then)
    assert [answered.score for answered in found] == [7]
    assert shares_of(reviewer, then)[0].read_at == (then,)
    assert [one["read_at"] for one in everything_of(reviewer, now=then)["shared_with"]] == [(then,)]


def test_nobody_else_reads_it(share: Share, reviewer: User, other_reviewer: User, supervisor: User) -> None:
    another = make_user("another-moderator", Role.MODERATOR)
    for stranger in (another, other_reviewer, supervisor, reviewer):
        with pytest.raises(Absent):
            read_shared(share.pk, acting_user=stranger, now=share.given_at)
    assert not Reading.objects.exists()


def test_revoked_it_is_shut_at_once_and_twice_is_once(
    reviewer: User, moderator: User, share: Share, now: datetime
) -> None:
    for _ in range(2):
        revoke_share(share.pk, acting_user=reviewer, now=now)
    with pytest.raises(Absent):
        read_shared(share.pk, acting_user=moderator, now=now)
    assert Entry.objects.filter(event="share.revoked").count() == 1
    assert shares_of(reviewer, now) == []


def test_nobody_else_revokes_it(moderator: User, share: Share, now: datetime) -> None:
    revoke_share(share.pk, acting_user=moderator, now=now)
    assert Share.objects.get().revoked_at is None


def test_it_runs_out(moderator: User, share: Share, now: datetime) -> None:
    read_shared(share.pk, acting_user=moderator, now=share.ends_at - timedelta(seconds=1))
    with pytest.raises(Absent):
        read_shared(share.pk, acting_user=moderator, now=share.ends_at)
    assert end_shares(now=share.ends_at) == 1
    assert end_shares(now=share.ends_at) == 0
    end_shares(now=share.ends_at + timedelta(days=90))
    assert not Share.objects.exists()
    assert not Reading.objects.exists()


def test_who_is_no_counsellor_any_more_reads_nothing_and_a_role_that_comes_back_does_not_bring_it(
    reviewer: User, moderator: User, share: Share, now: datetime
) -> None:
    User.objects.filter(pk=moderator.pk).update(roles=[Role.REVIEWER])
    with pytest.raises(Absent):
        read_shared(share.pk, acting_user=User.objects.get(pk=moderator.pk), now=now)
    assert [one.stands for one in shares_of(reviewer, now)] == [False]
    assert end_shares(now=now) == 1
    User.objects.filter(pk=moderator.pk).update(roles=[Role.MODERATOR])
    with pytest.raises(Absent):
        read_shared(share.pk, acting_user=User.objects.get(pk=moderator.pk), now=now)


def test_given_again_it_lasts_longer_and_is_one(reviewer: User, moderator: User, share: Share, now: datetime) -> None:
    again = share_check_ins(moderator.pk, days=30, acting_user=reviewer, now=now)
    assert again.pk == share.pk
    assert again.ends_at == now + timedelta(days=30)
    late = again.ends_at + timedelta(days=1)
    fresh = share_check_ins(moderator.pk, days=1, acting_user=reviewer, now=late)
    assert fresh.pk != share.pk
    assert Notice.objects.filter(user=moderator, code="check-ins-shared").count() == 2


@pytest.mark.parametrize("days", [0, 91])
def test_the_time_is_bounded(reviewer: User, moderator: User, now: datetime, days: int) -> None:
    with pytest.raises(Invalid):
        share_check_ins(moderator.pk, days=days, acting_user=reviewer, now=now)


def test_only_a_counsellor_can_be_chosen_and_never_oneself(
    reviewer: User, moderator: User, supervisor: User, now: datetime
) -> None:
    for acting_user, chosen in ((reviewer, supervisor), (moderator, moderator)):
        with pytest.raises(Invalid):
            share_check_ins(chosen.pk, days=7, acting_user=acting_user, now=now)


def test_the_ledger_names_nobody_who_seeks_help(reviewer: User, moderator: User, share: Share, now: datetime) -> None:
    read_shared(share.pk, acting_user=moderator, now=now)
    revoke_share(share.pk, acting_user=reviewer, now=now)
    entries = list(Entry.objects.filter(event__startswith="share."))
    assert [(entry.event, entry.actor_id) for entry in entries if entry.actor_id] == [("share.read", moderator.pk)]
    assert len(entries) == 3
    assert not any(str(reviewer.pk) in f"{entry.actor_id} {entry.subject_id} {entry.facts}" for entry in entries)


def test_deleting_every_answer_ends_it(reviewer: User, moderator: User, share: Share, now: datetime) -> None:
    delete_everything(acting_user=reviewer, now=now)
    with pytest.raises(Absent):
        read_shared(share.pk, acting_user=moderator, now=now)


def test_by_page(client_of: Callable[[User], Client], reviewer: User, moderator: User, supervisor: User) -> None:
    theirs, mine = client_of(moderator), client_of(reviewer)
    check_in("distress", {"distress": 9}, acting_user=reviewer, now=timezone.now())
    assert mine.post("/check-ins/share/", {"counsellor": supervisor.pk, "days": 7}).status_code == 400
    assert mine.post("/check-ins/share/", {"counsellor": moderator.pk, "days": 7}).status_code == 302
    page = mine.get("/check-ins/").content.decode()
    assert "Not read yet." in page
    address = f"/shared/{Share.objects.get().pk}/"
    assert address in theirs.get("/shared/").content.decode()
    assert not Reading.objects.exists()
    assert theirs.head(address).status_code == 405
    assert '<strong class="numeric">9</strong> of 10' in theirs.get(address).content.decode()
    assert "Not read yet." not in mine.get("/check-ins/").content.decode()
    revoke = f"/check-ins/share/{Share.objects.get().pk}/revoke/"
    assert theirs.post(revoke).status_code == 404
    assert mine.post(revoke).status_code == 302
    assert theirs.get(address).status_code == 404
    assert "Nobody but you can read your answers." in mine.get("/check-ins/").content.decode()


def test_by_api(api_of: Callable[..., APIClient], reviewer: User, moderator: User) -> None:
    mine, theirs = api_of(reviewer), api_of(moderator)
    assert [one["id"] for one in mine.get(MINE).json()["counsellors"]] == [str(moderator.pk)]
    made = mine.post(MINE, {"counsellor": str(moderator.pk)}, format="json")
    assert made.status_code == 201
    mine.post("/api/v1/me/check-ins/", {"distress": 4}, format="json")
    assert [one["person"] for one in theirs.get(THEIRS).json()] == ["reviewer"]
    assert [one["score"] for one in theirs.get(f"{THEIRS}{made.json()['id']}/").json()] == [4]
    assert len(mine.get(MINE).json()["shares"][0]["read_at"]) == 1
    assert theirs.delete(f"{MINE}{made.json()['id']}/").status_code == 404
    assert mine.delete(f"{MINE}{made.json()['id']}/").status_code == 204
    assert theirs.get(f"{THEIRS}{made.json()['id']}/").status_code == 404
    assert theirs.get(THEIRS).json() == []
