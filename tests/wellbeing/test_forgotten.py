"""Retention proved like an erasure: a dump from before, with the key store from after, reads nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from project import vault
from project.accounts.models import User
from project.ledger.models import Entry
from project.vault.errors import Tampered
from project.vault.models import DataKey, ShreddedKey
from tests.rooms.cast import Post, member, post, room
from wellbeing import tasks
from wellbeing.actions.checkins import check_in, delete_expired, history, overdue
from wellbeing.actions.insights import freeze_week, monday_of, published
from wellbeing.actions.messages import report_message
from wellbeing.actions.room_retention import forget_old_messages, oldest_overdue
from wellbeing.history import latest
from wellbeing.models import Alert, CheckIn, Duty, Membership, Message, Report, Room, RoomKey

__all__ = ["member", "post", "room"]
pytestmark = pytest.mark.django_db
DAYS = timedelta(days=90)


def opened_by_any_key(sealed: Iterable[tuple[str, bytes]]) -> list[str]:
    """What somebody with a dump and every key that is left can read of it."""
    found = []
    for object_id in DataKey.objects.values_list("object_id", flat=True):
        for field, words in sealed:
            with contextlib.suppress(Tampered):
                found.append(vault.open_text(object_id, field, words))
    return found


def answers_in(rows: Iterable[CheckIn]) -> list[tuple[str, bytes]]:
    return [(f"check-in.sealed_answers.{row.pk}", bytes(row.sealed_answers)) for row in rows]


def words_in(rows: Iterable[Message]) -> list[tuple[str, bytes]]:
    return [(f"message.sealed_text.{row.pk}", bytes(row.sealed_text or b"")) for row in rows]


def test_a_dump_of_check_ins_from_before_reads_nothing_after(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now - DAYS)
    check_in("distress", {"distress": 3}, acting_user=reviewer, now=now)
    dump = list(CheckIn.objects.order_by("at"))
    assert len(opened_by_any_key(answers_in(dump))) == 2, "the attack works on what is kept"
    assert delete_expired(now=now) == 1
    [left] = opened_by_any_key(answers_in(dump))
    assert '"score": 3' in left
    CheckIn.objects.bulk_create(dump[:1])  # the main database restored, the key store not
    assert [answer.score for answer in history(acting_user=reviewer, now=now - timedelta(days=1))] == [3]
    assert delete_expired(now=now) == 1
    assert delete_expired(now=now) == 0


def test_the_ledger_proves_it_without_naming_anybody(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now - DAYS)
    key = CheckIn.objects.get().sealed_under
    delete_expired(now=now)
    entry = Entry.objects.get(event="check-ins.forgotten")
    receipt = ShreddedKey.objects.get(pk=key)
    assert entry.facts == {
        "answers": 1, "keys": [str(receipt.key_id)], "masters": [receipt.master_version], "verified": True,
    }  # fmt: skip
    assert (entry.actor_id, entry.subject_id) == (None, "")


def test_status_says_when_answers_outlive_their_time(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now - DAYS)
    assert overdue(now) is None
    assert overdue(now + timedelta(days=2))
    delete_expired(now=now)
    assert overdue(now + timedelta(days=2)) is None


def test_answers_that_share_an_older_versions_key_end_with_the_last(reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now - DAYS)
    check_in("distress", {"distress": 3}, acting_user=reviewer, now=now)
    old, young = CheckIn.objects.order_by("at")
    CheckIn.objects.filter(pk=old.pk).update(sealed_under=young.sealed_under)
    delete_expired(now=now)
    assert len(history(acting_user=reviewer, now=now)) == 1


def test_figures_stay(reviewer: User, now: datetime) -> None:
    week = monday_of(now - DAYS - timedelta(days=7))
    begins = datetime.combine(week, datetime.min.time(), tzinfo=UTC)
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=begins)
    freeze_week(week, now=now)
    before = len(published([]))
    delete_expired(now=now)
    assert len(published([])) == before > 0


@pytest.fixture
def days(room: Room, reviewer: User, post: Post, now: datetime) -> list[Message]:
    """A message of 92 days ago, and one of today, as a dump has them."""
    Duty.objects.update(starts_at=now - timedelta(days=120))
    old, new = post(reviewer, "an old one", now=now - timedelta(days=92)), post(reviewer, "a new one", now=now)
    return [old.message, new.message]


def test_a_dump_of_a_room_from_before_reads_nothing_after(
    days: list[Message], room: Room, other_reviewer: User, now: datetime
) -> None:
    membership = Membership.objects.get(room=room, person=other_reviewer)
    report = report_message(membership.pk, 1, "please look", acting_user=other_reviewer, now=now - timedelta(days=92))
    Alert.objects.all().delete()
    reasons = [(f"report.sealed_reason.{report.pk}", bytes(report.sealed_reason))]
    assert len(opened_by_any_key([*words_in(days), *reasons])) == 3, "the attack works on what is kept"
    assert forget_old_messages(now=now) == 1
    assert opened_by_any_key([*words_in(days), *reasons]) == ["a new one"]
    assert not Report.objects.exists()
    Message.objects.bulk_create(days[:1])  # the main database restored, the key store not
    assert [shown.text for shown in latest(room.pk)] == ["", "a new one"]
    assert forget_old_messages(now=now) == 1
    entry = Entry.objects.get(event="room.day-shredded")
    assert entry.facts["verified"] is True
    assert len(entry.facts["keys"]) == 1
    assert RoomKey.objects.count() == 1


def test_the_day_of_a_message_that_waits_for_a_moderator_stays_readable(
    room: Room, reviewer: User, post: Post, now: datetime
) -> None:
    Duty.objects.update(starts_at=now - timedelta(days=120))
    post(reviewer, "I want to die", now=now - timedelta(days=95))
    assert forget_old_messages(now=now) == 0
    assert [shown.text for shown in latest(room.pk)] == ["I want to die"]
    Alert.objects.all().delete()
    assert forget_old_messages(now=now) == 1
    assert not RoomKey.objects.exists()


def test_messages_of_one_day_share_a_key_and_two_rooms_do_not(
    room: Room, reviewer: User, post: Post, now: datetime
) -> None:
    first, second = post(reviewer, "one", now=now).message, post(reviewer, "two", now=now).message
    assert first.sealed_under == second.sealed_under != room.pk


def test_status_says_when_a_key_outlives_its_day(days: list[Message], room: Room, now: datetime) -> None:
    forget_old_messages(now=now)
    RoomKey.objects.create(object_id=room.pk, room=room, day=(now - timedelta(days=94)).date())
    assert "key" in (oldest_overdue(now) or "")


def test_the_beat_has_it_done_every_hour(days: list[Message], room: Room, reviewer: User, now: datetime) -> None:
    check_in("distress", {"distress": 7}, acting_user=reviewer, now=now - DAYS)
    hourly = [one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values() if one["schedule"] <= 3600]
    for task in (tasks.forget_messages, tasks.delete_expired_check_ins):
        assert task.name in hourly
        task.apply().get()
    assert not CheckIn.objects.exists()
    assert [shown.text for shown in latest(room.pk)] == ["a new one"]
