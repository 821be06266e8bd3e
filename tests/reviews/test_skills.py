"""A clip may ask for a skill; supervisors say who of their team holds which."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.actions import leases
from reviews.models import Shift
from tests.reviews.conftest import Ingest
from tests.sound.recordings import recording

pytestmark = pytest.mark.django_db


def put(client: APIClient, person: User, skills: Any) -> Any:
    return client.put(f"/api/v1/queue/people/{person.pk}/skills/", {"skills": skills}, format="json")


def test_a_clip_that_asks_for_a_skill_goes_only_to_who_holds_it(
    reviewer: User, shift: Shift, ingest: Ingest, now: datetime
) -> None:
    special = ingest(skill="medical", priority=9)
    plain = ingest()
    first = leases.claim(acting_user=reviewer, now=now).lease
    assert first is not None
    assert first.clip_id == plain.pk
    assert leases.claim(acting_user=reviewer, now=now).waiting == leases.Waiting.EMPTY
    reviewer.skills = ["medical"]
    second = leases.claim(acting_user=reviewer, now=now).lease
    assert second is not None
    assert second.clip_id == special.pk


def test_what_others_hold_that_one_lacks_is_not_said_to_come_back(
    reviewer: User, other_reviewer: User, shift: Shift, other_shift: Shift, ingest: Ingest, now: datetime
) -> None:
    ingest(skill="medical")
    other_reviewer.skills = ["medical"]
    assert leases.claim(acting_user=other_reviewer, now=now).lease is not None
    assert leases.claim(acting_user=reviewer, now=now).waiting == leases.Waiting.EMPTY


def test_the_source_may_ask_for_one(ingest_service: User, api_of: Callable[..., APIClient]) -> None:
    api = api_of(ingest_service, "ingest")

    def hand_in(ref: str, skill: str) -> int:
        from django.core.files.uploadedfile import SimpleUploadedFile

        audio = SimpleUploadedFile("a.wav", recording("wav", seconds=1))
        return int(api.post("/api/v1/clips/", {"audio": audio, "external_ref": ref, "skill": skill}).status_code)

    assert hand_in("a", "medical") == 201
    for wrong in ("Not A Skill", "adjudicator", "x" * 41, "adjudicator:"):
        assert hand_in("b", wrong) == 400


def test_a_supervisor_sets_them_for_the_own_team_and_it_is_on_the_record(
    supervisor: User, reviewer: User, api_of: Callable[..., APIClient], events: Callable[[], list[str]]
) -> None:
    api = api_of(supervisor)
    answer = put(api, reviewer, ["medical", "adjudicator", "medical"])
    assert answer.status_code == 200
    assert answer.json()["skills"] == ["adjudicator", "medical"]
    reviewer.refresh_from_db()
    assert reviewer.skills == ["adjudicator", "medical"]
    assert events().count("account.skills-set") == 1
    put(api, reviewer, ["adjudicator", "medical"])
    assert events().count("account.skills-set") == 1  # twice the same is no change
    listed = {one["id"]: one["skills"] for one in api.get("/api/v1/queue/people/").json()}
    assert listed[str(reviewer.pk)] == ["adjudicator", "medical"]


@pytest.mark.parametrize("skills", [["Not one"], ["a" * 41], [f"s{number}" for number in range(11)], "medical", [""]])
def test_odd_ones_are_refused(supervisor: User, reviewer: User, api_of: Callable[..., APIClient], skills: Any) -> None:
    assert put(api_of(supervisor), reviewer, skills).status_code == 400


def test_it_is_nobody_elses_to_set(
    reviewer: User, far_reviewer: User, supervisor: User, other_supervisor: User, api_of: Callable[..., APIClient]
) -> None:
    assert APIClient().put(f"/api/v1/queue/people/{reviewer.pk}/skills/").status_code == 401
    assert put(api_of(reviewer), reviewer, []).status_code == 404
    assert put(api_of(supervisor), far_reviewer, []).status_code == 404
    assert put(api_of(other_supervisor), reviewer, []).status_code == 404
    assert put(api_of(supervisor), supervisor, []).status_code == 404
    assert api_of(supervisor).post(f"/api/v1/queue/people/{reviewer.pk}/skills/").status_code == 405


def test_the_page_does_the_same(
    supervisor: User, reviewer: User, far_reviewer: User, client_of: Callable[[User], Client]
) -> None:
    browser = client_of(supervisor)
    url = f"/queue/people/{reviewer.pk}/skills/"
    assert browser.post(url, {"skills": "Medical, adjudicator"}).status_code == 302
    reviewer.refresh_from_db()
    assert reviewer.skills == ["adjudicator", "medical"]
    page = browser.get("/queue/").content.decode()
    assert "adjudicator medical" in page
    assert far_reviewer.display_name not in page
    assert browser.post(url, {"skills": "was-für-eins"}).status_code == 422
    assert browser.post(f"/queue/people/{far_reviewer.pk}/skills/", {"skills": ""}).status_code == 404
    assert browser.get(url).status_code == 405


def test_an_account_with_odd_skills_is_not_valid(reviewer: User) -> None:
    reviewer.skills = ["No Skill"]
    with pytest.raises(ValidationError):
        reviewer.clean()
