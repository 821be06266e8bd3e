"""The broker is stopped, really: reviewing and flagging go on, pages say what waits, the sweep does the rest."""

from __future__ import annotations

import pytest
from django.utils import timezone

from project.health import waiting
from project.ledger.models import Entry
from reviews.actions.erasure_sweeps import sweep
from reviews.models import Clip, Erasure
from reviews.states import ClipState
from tests.platform.test_nudge import queue  # noqa: F401  # a fixture: a broker of its own that may be stopped

pytestmark = pytest.mark.django_db(transaction=True)

SAYS = b"some of what follows from it waits"


@pytest.fixture(autouse=True)
def _asks_anew():
    waiting._Last.asked_at = float("-inf")
    yield
    waiting._Last.asked_at = float("-inf")


def test_flagging_is_saved_said_and_swept(queue, ingest, shift, reviewer, api_of, client_of):  # noqa: F811  # the fixture
    clip, api = ingest(), api_of(reviewer)
    queue.stop()
    lease = api.post("/api/v1/shifts/current/claim/", {}, format="json").json()["lease"]
    body = {"activation": "right", "severity": 1, "flags": [{"kind": "critical", "category": "payment_card"}]}
    answer = api.post(f"/api/v1/leases/{lease['id']}/review/", body, format="json")
    assert answer.status_code == 201
    assert Clip.objects.get(pk=clip.pk).state == ClipState.QUARANTINED
    assert Entry.objects.filter(event="erasure.ordered").count() == 1
    assert SAYS in client_of(reviewer).get("/notices/").content
    sweep(clock=timezone.now)
    assert Erasure.objects.get(pk=answer.json()["erasures"][0]).state == "certified"


def test_a_page_opened_before_anything_was_sent_says_it_too(queue, reviewer, client_of):  # noqa: F811  # the fixture
    queue.stop()
    assert SAYS in client_of(reviewer).get("/notices/").content


def test_with_the_broker_there_no_page_says_it(queue, reviewer, client_of):  # noqa: F811  # the fixture
    assert SAYS not in client_of(reviewer).get("/notices/").content
