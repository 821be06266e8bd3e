"""Fields that nobody asked for take no effect: neither in the API, which refuses them, nor in any page's form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from escalations.models import Case, Hold
from project.accounts.models import Team, User
from project.api import StrictSerializer
from reviews.models import Clip, Erasure, Lease
from tests.accounts.walking import addresses, routes
from tests.attacks.world import Build, browser, build, patient

__all__ = ["build", "patient"]  # fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patient"), pytest.mark.timeout(300)]

# Names of columns that decide who may do what, whose a thing is and how it stands.
PLANTED: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000000", "pk": 1, "is_superuser": True, "is_staff": True, "is_active": False,
    "roles": ["administrator"], "password": "known", "email": "evil@earshot.example", "acting_user": 1, "owner": 1,
    "reporter": 1, "placed_by": 1, "decided_by": 1, "approved_by": 1, "proposer": 1, "created_at": "2000-01-01",
    "ended_at": "2000-01-01", "due_at": "2099-01-01", "sealed_note": "x", "key": "x", "__class__": "x", "_state": "x",
    "is_disputed": True, "retention_until": "2099-01-01", "emergency": True, "number": 1, "masked": False,
}  # fmt: skip


def kinds(of: type[StrictSerializer] = StrictSerializer) -> Iterator[type[StrictSerializer]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_kind_of_input_refuses_them() -> None:
    routes()  # imports every view, and with it every kind of input
    found = {kind.__name__: kind for kind in kinds() if kind.__module__.split(".")[0] != "tests"}
    assert len(found) > 25
    for name, kind in found.items():
        form = kind(data=dict(PLANTED))
        foreign = set(PLANTED) - set(kind().fields)
        assert not form.is_valid(), name
        assert set(form.errors) >= set(sorted(foreign)[:20]) - {"_"}, name


class Loose(StrictSerializer):
    """What the tests must find: a kind of input that takes whatever comes."""

    def to_internal_value(self, data: Any) -> Any:
        return dict(data)


def test_the_search_sees_a_kind_that_takes_them() -> None:
    """If this fails, the test above proves nothing."""
    assert Loose in set(kinds())
    assert Loose(data=dict(PLANTED)).is_valid()


WATCHED: dict[Any, tuple[str, ...]] = {
    User: ("email", "password", "roles", "is_superuser", "is_active", "team_id"),
    Team: ("slug",),
    Case: ("number", "team_id", "opened_at"),
    Hold: ("owner_id", "kind", "placed_at"),
    Clip: ("external_ref_hmac", "sha256", "is_disputed"),
    Erasure: ("clip_id", "ordered_by_id", "ordered_at"),
    Lease: ("clip_id", "shift_id", "claimed_at"),
}


def standing() -> dict[tuple[str, Any], tuple[Any, ...]]:
    return {
        (model.__name__, row[0]): row[1:]
        for model, columns in WATCHED.items()
        for row in model.objects.values_list("pk", *columns)
    }


def test_no_page_lets_them_through(
    build: Build, request: pytest.FixtureRequest, client_of: Callable[..., Client], administrator: User, settings: Any
) -> None:
    ids = build("a few ordinary words")
    before, tried, clients = standing(), 0, dict[str, Client]()
    for one in addresses():
        if one.is_api or one.method != "POST":
            continue
        for role in sorted(one.who & {"reviewer", "supervisor", "legal", "moderator", "administrator"}):
            if role not in clients or one.route.startswith("sign-ins/"):  # those may end the sign-in
                clients[role] = browser(client_of, request.getfixturevalue(role))
            answer = clients[role].post(one.filled(ids), PLANTED | {"name": "new", "reason": "words"})
            still_in = not answer.get("Location", "").startswith("/accounts/")
            assert still_in or one.route.startswith("sign-ins/"), one.route
            tried += 1
    assert tried > 80
    after = standing()
    assert {key: after[key] for key in before if key in after and after[key] != before[key]} == {}
    assert [key for key in before if key[0] in {"User", "Case", "Hold"} and key not in after] == []


def test_the_one_form_that_gives_roles_does(
    reviewer: User, administrator: User, client_of: Callable[..., Client]
) -> None:
    """If this fails, the test above could not fail either."""
    form = client_of(administrator).get(f"/admin/accounts/user/{reviewer.pk}/change/").context["adminform"].form
    given = {name: value for name, value in form.initial.items() if value not in (None, "", [], False)}
    before = standing()[("User", reviewer.pk)]
    given |= {"roles": ["reviewer", "auditor"]}
    client_of(administrator).post(f"/admin/accounts/user/{reviewer.pk}/change/", given)
    assert standing()[("User", reviewer.pk)] != before
