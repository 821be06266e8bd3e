"""What somebody opted out of changes nothing that others see, nor what somebody behind them could read."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.actions import leases
from reviews.models import Clip, Shift
from tests.reviews.conftest import Ingest
from wellbeing.models import WellbeingPreferences

pytestmark = pytest.mark.django_db
CLAIM = "/api/v1/shifts/current/claim/"
Seen = dict[str, Any]


@pytest.fixture
def seen_by_others(
    supervisor: User, other_reviewer: User, administrator: User, api_of: Callable[..., APIClient],
    client_of: Callable[[User], Client],
) -> Callable[[], Seen]:  # fmt: skip
    """Every figure and message of the queue that others get, tokens and nonces apart."""
    boss, colleague = api_of(supervisor), api_of(other_reviewer)

    def look() -> Seen:
        page = client_of(supervisor).get("/queue/")
        return {
            "queue": {name: value for name, value in boss.get("/api/v1/queue/").json().items() if name != "leases"},
            "page": (page.context["queued"], page.context["leased"], page.context["depths"]),
            "waiting": colleague.post(CLAIM).json().get("waiting"),
            "metrics": [line for line in metrics(api_of(administrator)) if line.startswith("earshot_")],
        }

    return look


def metrics(operator: APIClient) -> list[str]:
    answer = operator.get("/metrics")
    assert answer.status_code == 200
    return answer.content.decode().splitlines()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def opt_out(person: User, *categories: str) -> None:
    WellbeingPreferences.objects.update_or_create(person=person, defaults={"opt_out": list(categories)})


def test_figures_and_messages_of_others_never_change_with_it(
    reviewer: User, other_reviewer: User, shift: Shift, other_shift: Shift, ingest: Ingest,
    seen_by_others: Callable[[], Seen], api: APIClient,
) -> None:  # fmt: skip
    clip = ingest(predicted_categories=["violence"])
    Clip.objects.filter(pk=clip.pk).update(seen_by=[other_reviewer.pk])
    before = seen_by_others()
    for categories in ([], ["violence"], ["violence", "phone"]):
        opt_out(reviewer, *categories)
        assert seen_by_others() == before
    api.post(CLAIM)  # asks and gets nothing; that changes no figure either
    assert seen_by_others() == before


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_own_answer_is_to_the_letter_that_of_an_empty_queue(
    reviewer: User, other_reviewer: User, shift: Shift, other_shift: Shift, ingest: Ingest, api: APIClient,
    elsewhere: bool, now: datetime,
) -> None:  # fmt: skip
    """With only unwanted clips about, waiting or on a colleague's desk, the answer is what it would be without them
    having been opted out of: `empty` where nothing is on a desk, `all-leased` where something is."""
    if elsewhere:
        ingest(predicted_categories=["violence"])
        assert leases.claim(acting_user=other_reviewer, now=now).lease is not None
    nothing = told(api)
    opt_out(reviewer, "violence")
    if not elsewhere:
        ingest(predicted_categories=["violence"])
    assert told(api) == nothing
    assert nothing["waiting"] == ("all-leased" if elsewhere else "empty")


def told(api: APIClient) -> dict[str, Any]:
    """The whole answer but for the time of the next break, which moves with the clock."""
    body = json.loads(api.post(CLAIM).content)
    body["pace"].pop("break_due_at", None)
    return dict(body)


def test_no_log_line_has_it(
    reviewer: User, shift: Shift, ingest: Ingest, api: APIClient, logged: pytest.LogCaptureFixture, now: datetime
) -> None:
    opt_out(reviewer, "sexual_violence")
    ingest(predicted_categories=["sexual_violence"])
    ingest(predicted_categories=["phone"])
    assert api.post(CLAIM).status_code == 201
    assert api.post(CLAIM).status_code == 200
    # SQL with its parameters is logged only where DEBUG is on, which production refuses.
    lines = [record.getMessage() for record in logged.records if not record.name.startswith("django.db")]
    assert lines
    assert not [line for line in lines if "sexual_violence" in line or "opt_out" in line]


def test_a_supervisor_finds_it_on_no_page_of_theirs(
    reviewer: User, shift: Shift, ingest: Ingest, supervisor: User, api: APIClient, client_of: Callable[[User], Client]
) -> None:
    opt_out(reviewer, "sexual_violence")
    ingest(predicted_categories=["sexual_violence"])
    api.post(CLAIM)
    browser = client_of(supervisor)
    for url in ("/", "/queue/", "/insights/", "/notices/"):
        assert b"sexual_violence" not in browser.get(url).content


def test_waiting_longer_for_it_shows_nothing(
    reviewer: User, shift: Shift, ingest: Ingest, seen_by_others: Callable[[], Seen], other_shift: Shift, now: datetime
) -> None:
    """The oldest age is the clip's, whoever could take it."""
    clip = ingest(predicted_categories=["violence"])
    Clip.objects.filter(pk=clip.pk).update(queued_at=now - timedelta(days=2), seen_by=[other_shift.person_id])
    before = seen_by_others()["queue"]["oldest_at"]
    opt_out(reviewer, "violence")
    assert seen_by_others()["queue"]["oldest_at"] == before
