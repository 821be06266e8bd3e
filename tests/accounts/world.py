"""One of everything that has an id, twice: what a role may reach, and the same of somebody else.

`ids[kind][role]` is (own, somebody else's); None where this role can have none. Kinds are the names that addresses
give to their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction

from escalations.models import Case, Export
from project.accounts.access import Role
from project.accounts.actions.texts import acknowledge, publish
from project.accounts.models import ApiToken, Session, Team, User
from project.accounts.tokens import issue_token
from project.accounts.twopeople import Act, propose
from project.ledger.models import Entry
from reviews import certificates
from reviews.actions import leases
from reviews.actions.shifts import start_shift
from reviews.actions.subject_erasures import request_subject_erasure
from reviews.actions.withdrawals import withdraw_by_source
from reviews.erasure_states import Reason, Stage
from reviews.models import Certificate, Clip, Erasure, Lease
from tests.accounts.world_rows import NOTHING, Ids, Pair, People, cases, everybodys, rooms
from tests.cast import make_user
from tests.escalations.export_fixtures import legal_case, recorded
from tests.reviews.erasing import ordered, sealed_clip
from tests.reviews.planning import in_berlin, next_monday, planned
from tests.reviews.test_certificates import KEY, facts
from wellbeing.actions.checkins import check_in, offer
from wellbeing.actions.rooms import add_member
from wellbeing.actions.shares import share_check_ins
from wellbeing.actions.unmasking import Why, propose_unmasking
from wellbeing.models import Membership

__all__ = ["legal_case", "recorded"]  # fixtures


@dataclass
class World:
    people: dict[str, User]
    ids: Ids

    def pair(self, address: str, kind: str, role: str) -> Pair:
        """For this address if it has a pair of its own, else for its kind of id."""
        of_kind = self.ids.get(f"{address} {kind}") or self.ids.get(kind)
        assert of_kind is not None, f"{address} has a new kind of id: make one here, and say in OBJECTS who reaches it"
        return of_kind.get(role) or of_kind.get("*") or Pair(NOTHING, of_kind["anybody"].own)


@pytest.fixture
def world(
    team: Team,
    other_team: Team,
    reviewer: User,
    other_reviewer: User,
    far_reviewer: User,
    supervisor: User,
    other_supervisor: User,
    legal: User,
    other_legal: User,
    moderator: User,
    auditor: User,
    administrator: User,
    works_council: User,
    ingest_service: User,
    stranger: User,
    legal_case: Case,
    recorded: Callable[..., Clip],
    now: datetime,
) -> World:
    """`supervisor` leads the team of `reviewer`; the others of each role stand for somebody else."""
    for alias in ("default", "keys"):  # a long walk: the key store is idle in the test's transaction meanwhile
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    far_moderator = make_user("far-moderator", Role.MODERATOR)
    counsel, far_counsel = (make_user(name, Role.COUNSEL) for name in ("counsel", "far-counsel"))
    people = {
        "reviewer": reviewer, "supervisor": supervisor, "legal": legal, "counsel": counsel, "moderator": moderator,
        "auditor": auditor, "administrator": administrator, "works_council": works_council, "service": ingest_service,
        "nobody": stranger,
    }  # fmt: skip
    far = {
        "reviewer": far_reviewer, "supervisor": other_supervisor, "legal": other_legal, "counsel": far_counsel,
        "moderator": far_moderator,
    }  # fmt: skip
    ids = {
        **cases(legal_case, people, far, now),
        **_desk(people, far, recorded, now),
        **_erasures(legal_case, people, far, now),
        **rooms(people, far, other_reviewer, now),
        **_own_things(people, far, now),
    }
    ids |= _proposals(ids, people, far, now)
    return World(people, ids)


def _desk(people: People, far: People, recorded: Callable[..., Clip], now: datetime) -> Ids:
    """A lease each for two reviewers of two teams, plans of both, and a clip that came by the API."""
    mine, theirs = (_leased(person, recorded, now) for person in (people["reviewer"], far["reviewer"]))
    for team in (people["reviewer"].team, far["reviewer"].team):
        assert team is not None
        in_berlin(team)
    monday = next_monday(now) + timedelta(days=7)
    plan = planned(people["supervisor"], people["reviewer"], monday, now)
    their_plan = planned(far["supervisor"], far["reviewer"], monday, now)
    return {
        "lease_id": everybodys(mine, theirs),
        "clip_id": {"anybody": Pair(mine.clip_id, None), "*": Pair(mine.clip_id, theirs.clip_id)},
        "plan_id": everybodys(plan, their_plan),
        "person_id": everybodys(people["reviewer"], far["reviewer"]),
    }


def _leased(person: User, recorded: Callable[..., Clip], now: datetime) -> Lease:
    start_shift(acting_user=person, now=now)
    Clip.objects.filter(pk=recorded(f"for {person.name}").pk).update(state="queued")
    claimed = leases.claim(acting_user=person, now=now).lease
    assert claimed is not None
    return claimed


def _erasures(case: Case, people: People, far: People, now: datetime) -> Ids:
    """Orders by a reviewer of each team, certificates of both teams, and what programs asked for."""

    def order(actor: User, clip: Clip | None = None) -> Erasure:
        clip = clip or sealed_clip(now, state="quarantined")
        return ordered(clip, now, reason=Reason.ACCIDENTAL, actor=actor)

    mine, theirs = order(people["reviewer"]), order(far["reviewer"])
    evidence = order(people["reviewer"], case.exhibits.get().clip)
    other_program = make_user("other-program", Role.SERVICE)
    entry = Entry.objects.order_by("pk").first()
    assert entry is not None
    certificate, their_certificate = (_certificate(one, entry, now) for one in (evidence, theirs))
    requests, runs = [], []
    for program in (people["service"], other_program):
        requests.append(request_subject_erasure("nobody-we-know", acting_user=program, now=now))
        runs.append(withdraw_by_source(["nobody-knows"], acting_user=program, now=now).run)
    return {
        "erasure_id": everybodys(mine, theirs),
        "GET erasures/<uuid>/certificate/ erasure_id": everybodys(evidence, theirs),
        "certificate_id": everybodys(certificate, their_certificate),
        "entry_id": everybodys(entry, entry),
        "request_id": everybodys(*requests),
        "run_id": everybodys(*runs),
        "user_id": everybodys(people["reviewer"], far["reviewer"]),
    }


def _certificate(erasure: Erasure, entry: Entry, now: datetime) -> Certificate:
    """As it would be issued; the verifier reads from connections of its own and would not see this transaction."""
    body = certificates.live_stores_body(facts(erasure_id=erasure.pk, clip_id=erasure.clip_id), issued_at=now)
    canonical = certificates.canonical(body)
    return Certificate.objects.create(
        erasure=erasure, stage=Stage.LIVE_STORES, canonical_body=canonical, body_sha256="0" * 64, signature=bytes(64),
        public_key_id=certificates.public_key_id(KEY.public_key()), entry=entry, issued_at=now,
    )  # fmt: skip


def _own_things(people: People, far: People, now: datetime) -> Ids:
    """Check-ins and offers of whoever listens; sign-ins and tokens of everybody; a text that all acknowledged."""
    listeners = ("reviewer", "supervisor", "legal", "counsel", "moderator")
    offers, check_ins = {}, {}
    for role in listeners:
        for which, who in (("own", people[role]), ("far", far[role])):
            check_ins[role, which] = check_in("distress", {"distress": 3}, acting_user=who, now=now)
            offers[role, which] = offer(who.pk, "daily", now, now)
    text = publish("house", "Of this house", "Be kind.", acting_user=None, now=now)
    for person in people.values():
        acknowledge(text.pk, acting_user=person, now=now)
        issue_token(person)
    issue_token(far["reviewer"])
    handles = {role: _sign_in_of(person, now) for role, person in [*people.items(), ("far", far["reviewer"])]}
    digests = {token.user_id: token.digest for token in ApiToken.objects.all()}
    theirs = digests[far["reviewer"].pk]
    return {
        "offer_id": {"anybody": Pair(offers["reviewer", "far"].pk, None)}
        | {role: Pair(offers[role, "own"].pk, offers[role, "far"].pk) for role in listeners},
        "check_in_id": {"anybody": Pair(check_ins["reviewer", "far"].id, None)}
        | {role: Pair(check_ins[role, "own"].id, check_ins[role, "far"].id) for role in listeners},
        "text_id": everybodys(text, text),
        **_shares(people, far, now),
        "handle": {"anybody": Pair(handles["far"], None)}
        | {role: Pair(handles[role], handles["far"]) for role in people},
        "digest": {"anybody": Pair(theirs, None)}
        | {role: Pair(digests[person.pk], theirs) for role, person in people.items()},
    }


def _shares(people: People, far: People, now: datetime) -> Ids:
    """Check-ins that the listeners let a counsellor read; that one reads what was given to them and nothing else."""

    def given(person: User, to: User) -> Any:
        return share_check_ins(to.pk, days=7, acting_user=person, now=now).pk

    own = {
        role: given(people[role], far["moderator"])
        for role in ("reviewer", "supervisor", "legal", "counsel", "moderator")
    }
    to_them = given(far["reviewer"], people["moderator"])
    read = {"anybody": Pair(to_them, None), "moderator": Pair(to_them, own["reviewer"])}
    return {
        "share_id": {"anybody": Pair(to_them, None)} | {role: Pair(pk, to_them) for role, pk in own.items()},
        "GET wellbeing:shared-read share_id": read,
        "GET shared-check-ins/<uuid>/ share_id": read,
    }


def _sign_in_of(person: User, now: datetime) -> Any:
    row = Session.objects.create(
        session_key=uuid4().hex, session_data="", expire_date=now + timedelta(hours=1), user=person, handle=uuid4(),
        began_at=now, seen_at=now,
    )  # fmt: skip
    return row.handle


def facts_of(export: Export) -> dict[str, str]:
    return {"case": str(export.case_id), "export": str(export.pk), "profile": export.profile}


def second_moderator(ids: Ids, now: datetime) -> User:
    """Another one in the same room, who proposes what the moderator may approve."""
    person = make_user("second-moderator", Role.MODERATOR)
    room = Membership.objects.get(pk=ids["membership_id"]["*"].own).room
    add_member(room.pk, person.pk, acting_user=None, now=now)
    return person


def _proposals(ids: Ids, people: People, far: People, now: datetime) -> Ids:
    """What waits for legal and for a moderator of the room; and what each of them proposed."""
    export = Export.objects.get(pk=ids["export_id"]["*"].own)
    their_export = Export.objects.get(pk=ids["export_id"]["*"].foreign)
    with transaction.atomic():
        for_legal = propose(Act.EXPORT, subject=export, acting_user=far["legal"], now=now, facts=facts_of(export))
        of_legal = propose(
            Act.EXPORT, subject=their_export, acting_user=people["legal"], now=now, facts=facts_of(their_export)
        )
        case = export.case
        for_supervisors = propose(
            Act.DISMISS, subject=case, acting_user=far["supervisor"], now=now, facts={"case": str(case.pk)}
        )
        other = Case.objects.get(pk=their_export.case_id)
        of_supervisor = propose(
            Act.DISMISS, subject=other, acting_user=people["supervisor"], now=now, facts={"case": str(other.pk)}
        )
    why = next(iter(Why))
    members = ids["membership_id"]["*"]
    second = second_moderator(ids, now)
    for_moderators = propose_unmasking(members.own, why, acting_user=second, now=now)
    second_name = Membership.objects.get(person=second)
    of_moderator = propose_unmasking(second_name.pk, why, acting_user=people["moderator"], now=now)
    anybody = Pair(for_legal.pk, None)
    withdrawing = {
        "anybody": anybody,
        "legal": Pair(of_legal.pk, for_legal.pk),
        "supervisor": Pair(of_supervisor.pk, for_supervisors.pk),
        "moderator": Pair(of_moderator.pk, for_moderators.pk),
    }
    waiting = {
        "anybody": anybody,
        "legal": Pair(for_legal.pk, for_moderators.pk),
        "supervisor": Pair(for_supervisors.pk, for_legal.pk),
        "moderator": Pair(for_moderators.pk, for_legal.pk),
    }
    return {"proposal_id": waiting, "POST accounts:proposal-withdraw proposal_id": withdrawing}
