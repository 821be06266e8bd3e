"""What one person heard, asked for and rested is found by that person, and on no address by anybody else.

Figures that occur nowhere else are planted for one reviewer; then every address that answers GET is walked as every
other role, with the ids of everything that there is about the reviewer, and every answer is searched for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from project import browsers
from project.accounts.models import Team, User
from project.accounts.tokens import issue_token
from project.allowance import Allowances
from reviews.actions.shifts import start_shift
from tests.reviews.planning import in_berlin, next_monday, planned
from wellbeing.actions.breaks import take_break
from wellbeing.actions.preferences import prefer
from wellbeing.day import BreakKind
from wellbeing.limits import Preferences
from wellbeing.models import Break, Heard, WorkingDay

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

SECONDS = 7919
METRICS = "text/plain; version="
KIND = re.compile(r"<uuid:([^>]+)>")
Ids = dict[str, list[UUID]]
"""By the name that addresses give to ids of that kind; where none of its kind is, a person's stands."""
MAY_OPEN = (200, 400, 422)  # as it is, or once it is told about whom; what is refused or absent asks for nothing
# Seconds heard, the same weighted by three, and minutes of it, as pages, API and files may write them.
PLANTED = re.compile(rb"\b(7919|7,919|7919\d{3}|23757|23,757|131 minutes|132 minutes|132 of|431|2026-11-02T03:17)\b")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk asks more than one person may in a second; refused as too fast it would find nothing at all."""
    for name in ("_people", "_programs"):
        monkeypatch.setattr(browsers, name, Allowances(1_000_000, 1_000_000))


@pytest.fixture
def heard(reviewer: User, now: datetime) -> dict[str, UUID]:
    """Two hours of the gravest, a break with a time of its own, a wish for 431 clips; and whatever has an id."""
    prefer(Preferences(max_clips=431), acting_user=reviewer, now=now)
    shift = start_shift(acting_user=reviewer, now=now)
    source = uuid4()
    ms = SECONDS * 1000
    Heard.objects.create(
        person=reviewer, source_id=source, first_at=now, last_at=now, reported_ms=ms, heard_ms=ms, weighted_ms=3 * ms,
        severity=3, settled=True,
    )  # fmt: skip
    WorkingDay.objects.filter(pk=reviewer.pk).update(
        began_at=now, working_since=now, last_work_at=now, work_ms=ms, heavy_ms=ms, shift_work_ms=ms, stretch_ms=ms
    )
    taken = take_break(BreakKind.SCREEN, acting_user=reviewer, now=now)
    Break.objects.filter(pk=taken.pk).update(began_at="2026-11-02T03:17:00Z")
    return {"person": reviewer.pk, "shift": shift.pk, "source": source}


@pytest.fixture
def ids(heard: dict[str, UUID], reviewer: User, supervisor: User, team: Team, now: datetime) -> Ids:
    in_berlin(team)
    plan = planned(supervisor, reviewer, next_monday(now), now)
    return {
        "person_id": [heard["person"]],
        "user_id": [heard["person"]],
        "lease_id": [heard["source"], heard["shift"]],
        "plan_id": [plan.pk],
        "team_id": [team.pk],
    }


def patterns(resolver: Any, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


def addresses(ids: Ids) -> list[str]:
    """Every route with each id of its kind, or with the person's; Django's admin, whose routes are no plain ones, by
    lists.
    """
    found = set()
    for route in patterns(get_resolver()):
        if "(?P" in route or route.endswith(("/logout/", "api/v1/schema/")):  # the schema is made of code and slow
            continue
        kinds = KIND.findall(route)
        for one in of_kind(ids, kinds[0]) if kinds else [None]:
            first = KIND.sub(str(one), route, count=1)
            rest = KIND.sub(lambda kind: str(of_kind(ids, kind[1])[0]), first)
            found.add("/" + re.sub(r"<[^>]+>", str(ids["person_id"][0]), rest))
    models = ("accounts/user", "accounts/team", "wellbeing/wellbeingpolicy")
    rows = of_kind(ids, "person_id")[0], of_kind(ids, "team_id")[0]
    return sorted(found) + [
        f"/admin/{name}/{page}" for name in models for page in ("", *(f"{pk}/change/" for pk in rows))
    ]


def of_kind(ids: Ids, kind: str) -> list[UUID]:
    return ids.get(kind) or ids["person_id"]


def everything(client: Any, ids: Ids, under: str = "/") -> list[str]:
    """Where a planted figure was found; what opened without an id is asked once more about that person and team."""
    person, team = str(ids["person_id"][0]), str(ids["team_id"][0])
    asked = {"person": person, "user": person, "team": team}
    found = []
    for address in addresses(ids):
        if not address.startswith(under):
            continue
        answer = client.get(address)
        answers = [answer]
        if answer.status_code in MAY_OPEN and not any(name in address for name in (person, team)):
            answers.append(client.get(address, asked))
        assert 429 not in [one.status_code for one in answers], address
        if any(PLANTED.search(body_of(one)) for one in answers):
            found.append(address)
    return found


def body_of(answer: HttpResponse) -> bytes:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.get("Content-Type", "").startswith(METRICS):  # what this process has counted so far may be any number
        body = b"\n".join(line for line in body.splitlines() if line.startswith(b"earshot_"))
    headers = " ".join(f"{name}: {value}" for name, value in answer.items())
    # Numbers of one's own ids and tokens are no figures.
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-zA-Z_-]{43,}", b"", body + headers.encode())


def test_the_person_finds_them(client_of: Callable[..., Client], reviewer: User, ids: Ids) -> None:
    """If this fails, the test below proves nothing."""
    found = set(everything(client_of(reviewer), ids))
    assert {"/api/v1/me/exposure/", "/today/", "/today/preferences/", "/check-ins/export/", "/shifts/"} <= found


@pytest.mark.parametrize(
    "role",
    ["other_reviewer", "supervisor", "other_supervisor", "legal", "moderator", "auditor", "administrator", "stranger"],
)
def test_nobody_else_does(
    role: str, request: pytest.FixtureRequest, client_of: Callable[..., Client], ids: Ids
) -> None:
    assert everything(client_of(request.getfixturevalue(role)), ids) == []


@pytest.mark.parametrize("scope", ["", "ingest", "feed", "erasure"])
def test_no_program_does(scope: str, ingest_service: User, ids: Ids) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(ingest_service, scope=scope)}")
    assert everything(client, ids, under="/api/") == []  # a page looks at no token: that is nobody's walk, below


def test_nobody_without_an_account_does(ids: Ids) -> None:
    assert everything(Client(), ids) == []


def test_the_ledger_has_none_of_it(ids: Ids, reviewer: User) -> None:
    from project.ledger.models import Entry

    facts = " ".join(str(entry) for entry in Entry.objects.filter(actor_id=reviewer.pk).values_list("facts", flat=True))
    assert "7919" not in facts
    assert not [
        event for event in Entry.objects.values_list("event", flat=True) if "break" in event or "prefer" in event
    ]


def test_no_count_of_a_day_is_kept(heard: dict[str, UUID], now: datetime) -> None:
    """Rows of hearing and breaks are the person's own tables; whoever reads another app's finds no minutes."""
    from reviews.models import Shift

    shift = Shift.objects.get(pk=heard["shift"])
    minutes = [name for name in vars(shift) if "minutes" in name]
    assert sorted(minutes) == ["max_heavy_minutes", "max_listening_minutes"]
    assert shift.ends_at > now + timedelta(hours=8)
