"""Cases and rooms of the walk's world, twice each: what a role may reach, and the same of somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import transaction

from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.custody import open_evidence
from escalations.actions.duties import plan_duty
from escalations.actions.holds import place_hold
from escalations.models import Case, CounselGrant, Disclosure, Export, Hold, Opening, Report
from escalations.roster import Span
from escalations.sealing import seal_words
from project.accounts.access import Role
from project.accounts.models import User
from tests.cast import make_user
from tests.reviews.erasing import sealed_clip
from wellbeing.actions.appeals import appeal_removal
from wellbeing.actions.messages import post_message
from wellbeing.actions.moderation import remove_message
from wellbeing.actions.private_sessions import accept_session, request_session
from wellbeing.actions.rooms import add_member, create_room, roster
from wellbeing.models import Alert, Appeal, Duty, Membership, Message, PrivateSession, Room

NOTHING = object()  # this role can have none


class Pair(NamedTuple):
    own: Any
    foreign: Any


Ids = dict[str, dict[str, Pair]]
People = dict[str, User]


def cases(own: Case, people: People, far: People, now: datetime) -> Ids:
    """One case that legal works on, of the supervisor's team; one of the other team that nobody referred."""
    clip = sealed_clip(now, state="quarantined")
    case_id = prepare_case_key()
    with transaction.atomic():
        foreign = open_case(
            clip.pk, reporter=far["reviewer"], category="threat", danger_now=False, start_ms=0, end_ms=900,
            note="threats", now=now, case_id=case_id,
        )  # fmt: skip
    hold = place_hold(
        own.pk, reason="asked for", review_at=now + timedelta(days=9), acting_user=people["legal"], now=now
    )
    grants = [
        _let_in(case, who["counsel"], people["legal"], far["legal"], now)
        for case, who in ((own, people), (foreign, far))
    ]
    duty = plan_duty(
        people["legal"].pk,
        Span(now, now + timedelta(days=1)),
        time_zone="UTC",
        acting_user=people["supervisor"],
        now=now,
    )
    recipients = ["age1" + "q" * 58]
    return {
        "case_id": {"anybody": Pair(foreign.pk, None), "*": Pair(own.pk, foreign.pk)},
        "number": {"anybody": Pair(1, 1), "*": Pair(1, 1)},
        "verb": {"anybody": Pair("note", "note"), "*": Pair("note", "note")},
        "hold_id": {"anybody": Pair(hold.pk, None), "*": Pair(hold.pk, _hold_on(foreign, far["legal"], now).pk)},
        "grant_id": everybodys(*grants),
        "on_call_id": everybodys(duty, duty),
        "team_id": everybodys(own.team, foreign.team),
        "disclosure_id": everybodys(_disclosure(own, far, now), _disclosure(foreign, far, now)),
        "opening_id": _openings(own, foreign, people, far, now),
        "report_id": _reports(own, foreign, people, now),
        "export_id": everybodys(
            _export(own, recipients, far["legal"], now), _export(foreign, recipients, far["legal"], now)
        ),
    }


def everybodys(own: Any, foreign: Any) -> dict[str, Pair]:
    return {"anybody": Pair(own.pk, None), "*": Pair(own.pk, foreign.pk)}


def _let_in(case: Case, person: User, one: User, other: User, now: datetime) -> CounselGrant:
    return CounselGrant.objects.create(
        case=case, person=person, proposed_by=one, proposed_at=now, until=now + timedelta(days=9), granted_by=other,
        granted_at=now,
    )  # fmt: skip


def _hold_on(case: Case, owner: User, now: datetime) -> Hold:
    hold = Hold(case=case, kind="legal", owner=owner, placed_at=now, review_at=now + timedelta(days=9))
    hold.sealed_reason = seal_words(case.pk, hold, "sealed_reason", "asked for")
    hold.save(force_insert=True)
    return hold


def _disclosure(case: Case, far: People, now: datetime) -> Disclosure:
    row = Disclosure(case=case, sent_at=now, recorded_at=now, recorded_by=far["legal"])
    words = '{"authority": "police", "basis": "a", "reference": "b", "what": "c"}'
    row.sealed_details = seal_words(case.pk, row, "sealed_details", words)
    row.save(force_insert=True)
    return row


def _openings(own: Case, foreign: Case, people: People, far: People, now: datetime) -> dict[str, Pair]:
    """One's own opening; and what a colleague opened of the very same case."""

    def opened(case: Case, person: User) -> Opening:
        return open_evidence(case.pk, 1, purpose="to triage", acting_user=person, now=now)

    theirs = opened(foreign, far["supervisor"])
    colleagues = opened(own, far["legal"])
    return {
        "anybody": Pair(theirs.pk, None),
        "supervisor": Pair(opened(own, people["supervisor"]).pk, colleagues.pk),
        "legal": Pair(opened(own, people["legal"]).pk, colleagues.pk),
        "counsel": Pair(opened(own, people["counsel"]).pk, colleagues.pk),
    }


def _reports(own: Case, foreign: Case, people: People, now: datetime) -> dict[str, Pair]:
    """A supervisor, legal and a moderator reported something too, on a case that is none of theirs."""
    theirs = Report.objects.get(case=foreign)
    mine = Report.objects.get(case=own)
    pairs = {"anybody": Pair(theirs.pk, None), "reviewer": Pair(mine.pk, theirs.pk)}
    for role in ("supervisor", "legal", "counsel", "moderator"):
        copy = Report.objects.get(pk=theirs.pk)
        copy.pk, copy.reporter, copy.reporter_number = uuid4(), people[role], 10 + len(pairs)
        copy.save(force_insert=True)
        pairs[role] = Pair(copy.pk, mine.pk)
    return pairs


def _export(case: Case, recipients: list[str], by: User, now: datetime) -> Export:
    return Export.objects.create(case=case, profile="internal", recipients=recipients, proposed_by=by, proposed_at=now)


@dataclass
class _House:
    room: Room
    alert: Alert
    session: PrivateSession
    removed: dict[str, Message]
    appeal: Appeal

    @property
    def rows(self) -> dict[str, Any]:
        author = self.alert.message.author
        return {
            "alert_id": self.alert,
            "message_id": self.alert.message,
            "membership_id": author,
            "appeal_id": self.appeal,
        }


def rooms(people: People, far: People, other_reviewer: User, now: datetime) -> Ids:
    """Two rooms that share nobody; in each somebody was not well, and two are talking in private."""
    mine = _house("room-one", people["reviewer"], people["moderator"], now)
    add_member(mine.room.pk, other_reviewer.pk, acting_user=None, now=now)
    theirs = _house("room-two", far["reviewer"], far["moderator"], now)
    waiting = request_session(acting_user=other_reviewer, now=now)
    pairs: Ids = {kind: everybodys(row, theirs.rows[kind]) for kind, row in mine.rows.items()}
    pairs["slug"] = {"anybody": Pair(mine.room.slug, None), "*": Pair(mine.room.slug, theirs.room.slug)}
    pairs["duty_id"] = everybodys(Duty.objects.get(room=mine.room), Duty.objects.get(room=theirs.room))
    pairs["session_id"] = everybodys(mine.session, theirs.session)
    taken_away = {"anybody": Pair(theirs.removed["reviewer"].pk, None)} | {
        role: Pair(row.pk, theirs.removed[role].pk) for role, row in mine.removed.items()
    }
    pairs["GET wellbeing:removed message_id"] = pairs["POST wellbeing:appeal message_id"] = taken_away
    pairs["POST wellbeing:session-accept session_id"] = everybodys(waiting, theirs.session)
    return pairs


def _house(slug: str, reviewer: User, moderator: User, now: datetime) -> _House:
    room = create_room(slug=slug, name=slug, acting_user=None, now=now)
    for person in (reviewer, moderator):
        add_member(room.pk, person.pk, acting_user=None, now=now)
    roster(room.pk, moderator.pk, starts_at=now - timedelta(hours=1), acting_user=None, now=now)
    membership = Membership.objects.get(room=room, person=reviewer)
    post_message(membership.pk, client_id=uuid4().hex, text="I want to die", acting_user=reviewer, now=now)
    session = request_session(acting_user=reviewer, now=now)
    session = accept_session(session.pk, version=session.version, acting_user=moderator, now=now)
    return _House(room, Alert.objects.get(room=room), session, *_taken_away(room, reviewer, moderator, now))


def _taken_away(room: Room, reviewer: User, moderator: User, now: datetime) -> tuple[dict[str, Message], Appeal]:
    """A message each of the two that another moderator took away; and one whose author asked for it again."""
    keeper = make_user(f"keeper-of-{room.slug}", Role.MODERATOR)
    add_member(room.pk, keeper.pk, acting_user=None, now=now)
    gone = []
    for second, author in enumerate((reviewer, moderator, reviewer), 2):
        own, at = Membership.objects.get(room=room, person=author), now + timedelta(seconds=2 * second)
        said = post_message(own.pk, client_id=uuid4().hex, text="hm", acting_user=author, now=at).message
        why = Message.Removal.OTHER
        gone.append(remove_message(said.pk, why, version=said.version, acting_user=keeper, now=at))
    asked = appeal_removal(gone[2].pk, "it was no harm", acting_user=reviewer, now=now).appeal
    return {"reviewer": gone[0], "moderator": gone[1]}, asked
