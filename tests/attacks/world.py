"""One of everything that has an id: what a team, its supervisor, legal and the people of a room have made together.

`written` is what each of them wrote wherever words can be written; their names carry it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from escalations.models import Report
from project import browsers
from project.accounts import acknowledging
from project.accounts.actions.texts import acknowledge, publish
from project.accounts.models import HouseText, Proposal, Team, User
from project.allowance import Allowances
from project.ledger.models import Entry, Leaf
from project.ledger.sealing import seal
from reviews.models import Clip, Erasure
from tests.reviews.planning import in_berlin, next_monday, planned
from tests.sound.recordings import recording
from wellbeing.actions.messages import post_message
from wellbeing.actions.private_sessions import accept_session, request_session
from wellbeing.actions.rooms import add_member, create_room, roster
from wellbeing.models import Alert, Duty, Membership, Offer

RECIPIENT: Final = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
FLAGS: Final = (
    {"kind": "critical", "category": "phone", "start_ms": 100, "end_ms": 300},
    {"kind": "criminal", "category": "violence", "start_ms": 0, "end_ms": 900},
)
Ids = dict[str, Any]
Build = Callable[[str], Ids]


@dataclass
class Program:
    """A person's program; what it is refused fails the test with the reason."""

    client: APIClient

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        answer = getattr(self.client, method)(f"/api/v1/{path}", body, format="json")
        assert answer.status_code in {200, 201}, f"{path}: {answer.content!r}"
        return answer.json()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk asks more than one person may in a second; refused as too fast it would find nothing at all."""
    for name in ("_people", "_programs"):
        monkeypatch.setattr(browsers, name, Allowances(1_000_000, 1_000_000))


@dataclass
class World:
    """Who is in it; each part is made by those whose part it is."""

    reviewer: User
    other_reviewer: User
    supervisor: User
    legal: User
    other_legal: User
    moderator: User
    other_moderator: User
    administrator: User
    team: Team
    ingest_service: User
    now: datetime
    api_of: Callable[..., APIClient]

    def program(self, user: User) -> Program:
        return Program(self.api_of(user))

    def name_everybody(self, written: str) -> None:
        people = [
            self.reviewer, self.other_reviewer, self.supervisor, self.legal, self.other_legal, self.moderator,
            self.other_moderator,
        ]  # fmt: skip
        for number, person in enumerate(people):
            person.name = f"{written}{number}"
            person.save()
        self.team.name = written
        in_berlin(self.team)

    def listen(self, written: str) -> Ids:
        source = self.api_of(self.ingest_service)
        for number in range(2):
            fields = {
                "external_ref": uuid4().hex,
                "locale": "en-US",
                "transcript": written,
            }
            sound = _file(f"{number}.wav", recording("wav", seconds=1 + number))
            assert source.post("/api/v1/clips/", fields | {"audio": sound}, format="multipart").status_code == 201
        mine = self.program(self.reviewer)
        mine("post", "shifts/")
        first, second = mine("post", "shifts/current/claim/"), mine("post", "shifts/current/claim/")
        flags = [{**flag, "note": written} for flag in FLAGS]
        made = mine(
            "post", f"leases/{first['lease']['id']}/review/", activation="right", severity=1, flags=flags,
            transcript=written, labels=[written],
        )  # fmt: skip
        given = mine("post", "me/check-ins/", kind="distress", distress=3)
        offer = Offer.objects.create(person=self.reviewer, kind="distress", due_at=self.now)
        mine("post", f"me/reports/{Report.objects.get().pk}/more/", text=written)
        return {
            "lease_id": second["lease"]["id"], "clip_id": second["lease"]["clip"]["id"], "case_id": made["cases"][0],
            "erasure_id": Erasure.objects.get().pk, "check_in_id": given["id"], "offer_id": offer.pk,
            "report_id": Report.objects.get().pk, "person_id": self.reviewer.pk, "user_id": self.reviewer.pk,
        }  # fmt: skip

    def escalate(self, case: str, written: str) -> Ids:
        lead, first, second = self.program(self.supervisor), self.program(self.legal), self.program(self.other_legal)
        lead("post", f"cases/{case}/acknowledge/")
        lead("post", f"cases/{case}/triage/", tier="T1", facts=written, basis=written, jurisdiction=written)
        lead("post", f"cases/{case}/note/", text=written)
        opening = lead("post", f"cases/{case}/openings/", purpose=written)
        lead("post", f"cases/{case}/refer/", reason=written)
        hold = first("post", f"cases/{case}/holds/", reason=written)
        first("post", f"cases/{case}/decide/", decision="report", reason=written)
        second("post", f"cases/{case}/approve/", reason=written)
        told = first("post", f"cases/{case}/disclosures/", authority=written, basis=written, what=written)
        first("post", f"disclosures/{told['id']}/receipt/", receipt=written)
        export = first("post", f"cases/{case}/exports/", profile="internal", recipients=[RECIPIENT], reason=written)
        return {
            "opening_id": opening["id"], "hold_id": hold["id"], "disclosure_id": told["id"], "export_id": export["id"],
            "proposal_id": Proposal.objects.get(state=Proposal.State.PROPOSED).pk,
        }  # fmt: skip

    def talk(self, written: str) -> Ids:
        room = create_room(slug=f"r-{uuid4().hex[:8]}", name=written[:60], acting_user=None, now=self.now)
        for person in (self.reviewer, self.other_reviewer, self.moderator, self.other_moderator):
            add_member(room.pk, person.pk, acting_user=None, now=self.now)
        roster(room.pk, self.moderator.pk, starts_at=self.now - timedelta(hours=1), acting_user=None, now=self.now)
        own = Membership.objects.get(room=room, person=self.reviewer)
        said = post_message(
            own.pk, client_id=uuid4().hex, text=f"{written} I want to die", acting_user=self.reviewer, now=self.now
        )
        asked = request_session(acting_user=self.reviewer, now=self.now)
        session = accept_session(asked.pk, version=0, acting_user=self.moderator, now=self.now)
        return {
            "slug": room.slug, "membership_id": own.pk, "message_id": said.message.pk, "session_id": session.pk,
            "alert_id": Alert.objects.filter(message=said.message).get().pk, "duty_id": Duty.objects.get().pk,
        }  # fmt: skip

    def make(self, written: str) -> Ids:
        self.name_everybody(written)
        ids = self.listen(written)
        ids |= self.escalate(ids["case_id"], written) | self.talk(written)
        ids["text_id"] = publish("house", written[:120], written, acting_user=self.administrator, now=self.now).pk
        ids["plan_id"] = planned(self.supervisor, self.reviewer, next_monday(self.now), self.now).pk
        seal(self.now + timedelta(minutes=1))
        ids["entry_id"] = Leaf.objects.order_by("index")[0].entry_id
        assert Entry.objects.exists()
        assert Clip.objects.count() == 2
        return ids


@pytest.fixture
def build(
    reviewer: User, other_reviewer: User, supervisor: User, legal: User, other_legal: User, moderator: User,
    other_moderator: User, administrator: User, team: Team, ingest_service: User, now: datetime,
    api_of: Callable[..., APIClient],
) -> Iterator[Build]:  # fmt: skip
    world = World(
        reviewer, other_reviewer, supervisor, legal, other_legal, moderator, other_moderator, administrator, team,
        ingest_service, now, api_of,
    )  # fmt: skip
    yield world.make
    acknowledging.forget()  # a process remembers the texts in force for seconds: this one was never committed


def _file(name: str, content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


def browser(client_of: Callable[[User], Client], user: User) -> Client:
    """Signed in, every text acknowledged: nothing stands between this person and the pages."""
    for text in HouseText.objects.exclude(acknowledgements__person=user):
        acknowledge(text.pk, acting_user=user, now=timezone.now())
    signed_in = client_of(user)
    signed_in.raise_request_exception = False
    return signed_in
