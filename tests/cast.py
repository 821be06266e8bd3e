"""The fixed cast: one person per role, two where rules speak of a second, and how each reaches the service.

Two teams. `reviewer` and `other_reviewer` report to `supervisor`, `far_reviewer` to `other_supervisor`.
`stranger` is signed in and has no role at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from project.accounts.access import Role
from project.accounts.models import Team, User
from project.accounts.tokens import issue_token

PASSWORD = "a long password for tests"


def make_user(name: str, *roles: Role, team: Team | None = None, **fields: object) -> User:
    """An account with an unusable password (hashing costs): sign in with `client_of` or a token."""
    user = User(
        email=f"{name}@earshot.example", name=name, roles=[role.value for role in roles], team=team, locales=["en-US"]
    )
    for field, value in fields.items():
        setattr(user, field, value)
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def noon() -> datetime:
    """A Wednesday noon in UTC, for rules that ask what day or hour it is."""
    return datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Team one", slug="team-one")


@pytest.fixture
def other_team(db: None) -> Team:
    return Team.objects.create(name="Team two", slug="team-two")


@pytest.fixture
def supervisor(team: Team) -> User:
    user = make_user("supervisor", Role.SUPERVISOR)
    team.supervisors.add(user)
    return user


@pytest.fixture
def other_supervisor(other_team: Team) -> User:
    user = make_user("other-supervisor", Role.SUPERVISOR)
    other_team.supervisors.add(user)
    return user


@pytest.fixture
def reviewer(team: Team) -> User:
    return make_user("reviewer", Role.REVIEWER, team=team)


@pytest.fixture
def other_reviewer(team: Team) -> User:
    return make_user("other-reviewer", Role.REVIEWER, team=team)


@pytest.fixture
def far_reviewer(other_team: Team) -> User:
    return make_user("far-reviewer", Role.REVIEWER, team=other_team)


@pytest.fixture
def legal(db: None) -> User:
    return make_user("legal", Role.LEGAL)


@pytest.fixture
def other_legal(db: None) -> User:
    return make_user("other-legal", Role.LEGAL)


@pytest.fixture
def counsel(db: None) -> User:
    return make_user("counsel-outside", Role.COUNSEL)


@pytest.fixture
def moderator(db: None) -> User:
    return make_user("moderator", Role.MODERATOR)


@pytest.fixture
def other_moderator(db: None) -> User:
    return make_user("other-moderator", Role.MODERATOR)


@pytest.fixture
def auditor(db: None) -> User:
    return make_user("auditor", Role.AUDITOR)


@pytest.fixture
def works_council(db: None) -> User:
    return make_user("council", Role.WORKS_COUNCIL)


@pytest.fixture
def administrator(db: None) -> User:
    return make_user("administrator", Role.ADMINISTRATOR)


@pytest.fixture
def ingest_service(db: None) -> User:
    return make_user("ingest", Role.SERVICE)


@pytest.fixture
def feed_service(db: None) -> User:
    return make_user("feed", Role.SERVICE)


@pytest.fixture
def stranger(db: None) -> User:
    return make_user("stranger")


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """A browser signed in as that person just now (so the sign-in is fresh); None is anonymous."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
            session = client.session
            session["account_authentication_methods_user"] = str(user.pk)
            session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp()}]
            session.save()
        return client

    return sign_in


@pytest.fixture
def api_of() -> Callable[..., APIClient]:
    """A program with a real token of that person, issued just now."""

    def with_token(user: User, scope: str = "") -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, scope=scope)}")
        return client

    return with_token
