"""What moderators do, that of two only one does it, and that the ledger knows without knowing the words."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from project.accounts.models import User
from project.accounts.twopeople import SamePerson, approve
from project.ledger.models import Entry
from project.problems import Absent, Invalid
from tests.rooms.cast import Post
from wellbeing.actions.alerts import note_alert, page_second_moderators, resolve_alert, take_alert
from wellbeing.actions.moderation import hold_message, mute_member, release_message, remove_message, slow_down
from wellbeing.actions.room_retention import forget_old_messages
from wellbeing.actions.unmasking import Why, propose_unmasking, readable_names
from wellbeing.models import Alert, Duty, Membership, Message, ModerationNote, Report, Room
from wellbeing.queue import queue_for
from wellbeing.room_errors import Overtaken, OwnAct

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
OTHER = Message.Removal.OTHER


def test_of_two_moderators_only_the_first_acts(
    room: Room, post: Post, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    message = post(reviewer, "hmm").message
    hold_message(message.pk, version=0, acting_user=moderator, now=now)
    with pytest.raises(Overtaken):
        remove_message(message.pk, OTHER, version=0, acting_user=other_moderator, now=now)


def test_the_second_gets_409_and_a_page_that_says_so(
    room: Room, post: Post, client_of: SignIn, reviewer: User, moderator: User, other_moderator: User
) -> None:
    message = post(reviewer, "hmm").message
    address = f"/moderation/messages/{message.pk}/hold/"
    assert client_of(moderator).post(address, {"version": 0}).status_code == 302
    second = client_of(other_moderator).post(address, {"version": 0})
    assert second.status_code == 409
    assert "Another moderator" in second.content.decode()


def test_members_cannot_moderate_nor_tell_what_exists(
    room: Room, post: Post, client_of: SignIn, reviewer: User, other_reviewer: User, supervisor: User
) -> None:
    message = post(reviewer, "hmm").message
    for user in (other_reviewer, supervisor):
        answer = client_of(user).post(f"/moderation/messages/{message.pk}/hold/", {"version": 0})
        assert answer.status_code == 404
    with pytest.raises(Absent):
        hold_message(message.pk, version=0, acting_user=other_reviewer, now=message.posted_at)


def test_a_moderator_of_another_room_finds_nothing(
    room: Room, post: Post, reviewer: User, other_moderator: User, now: datetime
) -> None:
    message = post(reviewer, "hmm").message
    Membership.objects.filter(person=other_moderator).update(left_at=now)
    with pytest.raises(Absent):
        hold_message(message.pk, version=0, acting_user=other_moderator, now=now)


def test_removing_what_was_in_a_clip_destroys_the_words_of_message_reports_and_notes(
    room: Room, post: Post, client_of: SignIn, reviewer: User, other_reviewer: User, moderator: User, now: datetime
) -> None:
    message = post(reviewer, "words to forget").message
    client_of(other_reviewer).post(f"/rooms/{room.slug}/report/", {"message_id": message.number, "reason": "why"})
    alert = Alert.objects.get()
    note_alert(alert.pk, "quoting words to forget", acting_user=moderator, now=now)
    remove_message(message.pk, Message.Removal.CLIP_CONTENT, version=0, acting_user=moderator, now=now)
    message.refresh_from_db()
    assert message.sealed_text is None
    assert message.number is None
    assert not Report.objects.exists()
    assert not ModerationNote.objects.exists()
    alert.refresh_from_db()
    assert alert.state == "resolved"
    assert alert.resolved_by == moderator


def test_nobody_releases_their_own(
    room: Room, post: Post, moderator: User, other_moderator: User, now: datetime
) -> None:
    message = post(moderator, "just kill yourself").message
    with pytest.raises(OwnAct):
        release_message(message.pk, version=0, acting_user=moderator, now=now)
    assert release_message(message.pk, version=0, acting_user=other_moderator, now=now).number


def test_nobody_mutes_themselves_or_for_ever(room: Room, reviewer: User, moderator: User, now: datetime) -> None:
    own, other = (Membership.objects.get(person=person) for person in (moderator, reviewer))
    with pytest.raises(OwnAct):
        mute_member(own.pk, minutes=1, acting_user=moderator, now=now)
    with pytest.raises(Invalid):
        mute_member(other.pk, minutes=10_081, acting_user=moderator, now=now)
    mute_member(other.pk, minutes=10, acting_user=moderator, now=now)
    assert list(reviewer.notices.values_list("code", flat=True)) == ["room-muted"]


def test_slow_mode_needs_the_version_that_was_seen(
    room: Room, moderator: User, other_moderator: User, now: datetime
) -> None:
    assert slow_down(room.slug, seconds=30, version=0, acting_user=moderator, now=now).version == 1
    with pytest.raises(Overtaken):
        slow_down(room.slug, seconds=0, version=0, acting_user=other_moderator, now=now)


def test_signs_of_a_crisis_stay_in_the_queue_until_somebody_has_looked(
    room: Room, post: Post, reviewer: User, moderator: User, now: datetime
) -> None:
    message = post(reviewer, "I want to die").message
    hold_message(message.pk, version=0, acting_user=moderator, now=now)
    with pytest.raises(Overtaken):
        resolve_alert(Alert.objects.get().pk, version=0, acting_user=moderator, now=now)
    release_message(message.pk, version=1, acting_user=moderator, now=now)
    alert = Alert.objects.get()
    assert alert.state == "open"
    taken = take_alert(alert.pk, version=alert.version, acting_user=moderator, now=now)
    resolve_alert(alert.pk, version=taken.version, acting_user=moderator, now=now)
    assert queue_for(moderator, now) == []


def test_at_half_time_a_second_moderator_is_told_once(
    room: Room, post: Post, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    post(reviewer, "I want to die", now=now)
    assert page_second_moderators(now=now + timedelta(seconds=89)) == 0
    assert page_second_moderators(now=now + timedelta(seconds=91)) == 1
    assert page_second_moderators(now=now + timedelta(seconds=120)) == 0
    assert list(other_moderator.notices.values_list("code", flat=True)) == ["room-alert-half-time"]
    assert list(moderator.notices.values_list("code", flat=True)) == ["room-alert"]


def test_a_taken_alert_pages_nobody(room: Room, post: Post, reviewer: User, moderator: User, now: datetime) -> None:
    post(reviewer, "I want to die", now=now)
    take_alert(Alert.objects.get().pk, version=0, acting_user=moderator, now=now)
    assert page_second_moderators(now=now + timedelta(minutes=2)) == 0


def test_the_queue_shows_the_red_first_and_late_ones_as_late(
    room: Room, post: Post, client_of: SignIn, reviewer: User, other_reviewer: User, moderator: User, now: datetime
) -> None:
    post(reviewer, "I feel so alone with this", now=now - timedelta(minutes=5))
    post(other_reviewer, "I want to die", now=now - timedelta(minutes=5))
    first, second = queue_for(moderator, now)
    assert (first.alert.level, first.is_late) == ("red", True)
    assert (second.alert.level, second.is_late) == ("yellow", False)
    page = client_of(moderator).get("/moderation/").content.decode()
    assert "late" in page
    assert reviewer.email not in page


def test_lifting_a_pseudonym_takes_two_and_the_person_is_told(
    room: Room, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    membership = Membership.objects.get(person=reviewer)
    proposal = propose_unmasking(membership.pk, Why.DANGER, acting_user=moderator, now=now)
    assert readable_names(moderator, now) == []
    with pytest.raises(SamePerson):
        approve(proposal.pk, acting_user=moderator, now=now)
    with pytest.raises(Absent):
        approve(proposal.pk, acting_user=reviewer, now=now)
    approve(proposal.pk, acting_user=other_moderator, now=now)
    assert [one.membership.person for one in readable_names(moderator, now)] == [reviewer]
    assert readable_names(other_moderator, now + timedelta(days=1)) == []
    assert list(reviewer.notices.values_list("code", flat=True)) == ["pseudonym-lifted"]
    assert Entry.objects.filter(event="pseudonym.unmasked").count() == 1


def test_the_ledger_knows_each_act_and_no_words(
    room: Room, post: Post, reviewer: User, moderator: User, now: datetime
) -> None:
    message = post(reviewer, "secret words").message
    hold_message(message.pk, version=0, acting_user=moderator, now=now)
    remove_message(message.pk, OTHER, version=1, acting_user=moderator, now=now)
    acts = Entry.objects.filter(actor_id=moderator.pk)
    assert {"message.held", "message.removed"} <= set(acts.values_list("event", flat=True))
    everything = json.dumps(list(Entry.objects.values("facts", "actor_name")), default=str)
    assert "secret" not in everything
    assert reviewer.email not in everything


def test_rooms_forget_after_their_days_but_nothing_that_waits(
    room: Room, post: Post, reviewer: User, other_reviewer: User, now: datetime
) -> None:
    Duty.objects.update(starts_at=now - timedelta(days=100))
    post(reviewer, "old", now=now - timedelta(days=91))
    waits = post(other_reviewer, "I want to die", now=now - timedelta(days=91)).message
    fresh = post(reviewer, "fresh", now=now - timedelta(days=89)).message
    assert forget_old_messages(now=now) == 1
    assert set(Message.objects.values_list("pk", flat=True)) == {waits.pk, fresh.pk}
    assert forget_old_messages(now=now) == 0
