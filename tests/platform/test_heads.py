"""HEAD answers as GET does, without the body; not where GET gives out what is counted."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from project.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["me/pace/", "me/exposure/", "me/preferences/", "shifts/current/", "desk/"])
def test_head_answers_as_get_does(path: str, reviewer: User, api_of: Callable[..., APIClient]) -> None:
    client = api_of(reviewer)
    head, got = client.head(f"/api/v1/{path}"), client.get(f"/api/v1/{path}")
    assert (head.status_code, head["Content-Type"]) == (got.status_code, got["Content-Type"])
    assert head.content == b""


def test_sound_is_not_asked_for_by_head(reviewer: User, api_of: Callable[..., APIClient]) -> None:
    path = "/api/v1/leases/00000000-0000-4000-8000-000000000000/audio/"
    assert api_of(reviewer).head(path).status_code == 405


def test_head_is_for_whoever_may_get(api_of: Callable[..., APIClient], supervisor: User) -> None:
    assert APIClient().head("/api/v1/me/pace/").status_code == 401
    assert api_of(supervisor).head("/api/v1/me/pace/").status_code == 404
