"""The two calls that everybody makes all day are answered more directly than others, and not otherwise."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.api.serializers import Reviewed, ReviewIn, review_in
from reviews.models import Lease, Shift

pytestmark = pytest.mark.django_db
CLAIM = "/api/v1/shifts/current/claim/"
INDENTED = {"HTTP_ACCEPT": "application/json; indent=2"}  # a wish that only REST framework's whole way grants

anything = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 5), st.floats(allow_nan=False), st.text(max_size=3), st.just([]),
    st.just([{}]), st.sampled_from(["right", "false", "unclear", "maybe", "1", "true"]),
)  # fmt: skip
bodies = st.one_of(
    anything,
    st.dictionaries(st.sampled_from(["activation", "severity", "blind", "flags", "labels", "mood"]), anything),
    st.fixed_dictionaries({"activation": st.sampled_from(["right", "false"]), "severity": st.integers(-1, 4)}),
)


def by_serializer(data: Any) -> Reviewed | None:
    body = ReviewIn(data=data)
    return Reviewed(body.findings()) if body.is_valid() else None


def directly(data: Any) -> Reviewed | None:
    try:
        return review_in(data)
    except ValidationError:
        return None


@given(bodies)
def test_a_review_is_read_as_the_serializer_reads_it(data: Any) -> None:
    assert directly(data) == by_serializer(data)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{}", "application/json"),
        ("", "application/json"),
        ("[]", "application/json"),
        ("null", "application/json"),
        ("{", "application/json"),
        ('{"clip": 1}', "application/json"),
        ("[" * 100_000, "application/json"),
        ("a=1", "application/x-www-form-urlencoded"),
        ("{}", "text/plain"),
    ],
)
def test_both_ways_answer_alike(api: APIClient, shift: Shift, body: str, kind: str) -> None:
    direct, whole = (api.generic("POST", CLAIM, body, kind, **extra) for extra in ({}, INDENTED))
    assert direct.status_code == whole.status_code
    assert {**direct.json(), "pace": None} == {**whole.json(), "pace": None}
    assert direct["Content-Type"] == whole["Content-Type"]
    assert {*direct["Allow"].split(", ")} == {*whole["Allow"].split(", ")}


def test_strangers_roles_and_leases_are_refused_alike(
    api: APIClient, api_of: Any, supervisor: User, lease: Lease
) -> None:
    forged, other = APIClient(), api_of(supervisor)
    forged.credentials(HTTP_AUTHORIZATION="Token " + "0" * 64)
    for client in (forged, other, APIClient()):
        for path in (CLAIM, f"/api/v1/leases/{lease.pk}/review/"):
            direct, whole = (client.post(path, {}, format="json", **extra) for extra in ({}, INDENTED))
            assert direct.status_code == whole.status_code in {401, 404}
            assert direct.json() == whole.json()
            assert direct.get("WWW-Authenticate") == whole.get("WWW-Authenticate")


def test_a_deactivated_account_is_refused(api: APIClient, reviewer: User, shift: Shift) -> None:
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert api.post(CLAIM).status_code == 401


def test_a_session_still_needs_the_forms_token(reviewer: User, shift: Shift) -> None:
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(reviewer)
    assert signed_in.post(CLAIM, "{}", "application/json").status_code == 404  # forbidden looks like absent
