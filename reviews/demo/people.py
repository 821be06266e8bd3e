"""The demo's accounts: the same names everywhere, so that a newcomer, a test and the documentation agree."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction

from project.accounts.access import Role
from project.accounts.models import Team, User

DOMAIN: Final = "earshot.example"
LOCALES: Final = ["en-US", "en-GB", "de-DE", "es-ES", "ro-RO"]
SYNTHETIC_PER_TEAM: Final = 12

TEAMS: Final = (("harbour", "Harbour", "supervisor1", (1, 2, 3)), ("meadow", "Meadow", "supervisor2", (4, 5, 6)))
OTHERS: Final = {
    "legal1": Role.LEGAL,
    "legal2": Role.LEGAL,
    "moderator1": Role.MODERATOR,
    "moderator2": Role.MODERATOR,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
    "council": Role.WORKS_COUNCIL,
    "counsel1": Role.COUNSEL,
    "ingest": Role.SERVICE,
}
LAST: Final = "feed"  # made when everything else is there: its account says that seeding was completed


def address(name: str) -> str:
    return f"{name}@{DOMAIN}"


def is_complete() -> bool:
    return User.objects.filter(email=address(LAST)).exists()


def make_people(password: str) -> None:
    """Both teams and everybody else, once; run again it adds what is missing. One hash serves them all."""
    secret = make_password(password)
    with transaction.atomic(durable=True):
        for slug, name, supervisor, numbers in TEAMS:
            team, _ = Team.objects.get_or_create(slug=slug, defaults={"name": name})
            team.supervisors.add(_account(supervisor, Role.SUPERVISOR, secret))
            for number in numbers:
                _account(f"reviewer{number}", Role.REVIEWER, secret, team)
            for number in range(1, SYNTHETIC_PER_TEAM + 1):
                _account(f"{slug}{number:02}", Role.REVIEWER, None, team)
        for name, role in OTHERS.items():
            _account(name, role, secret)


def finish(password: str) -> None:
    _account(LAST, Role.SERVICE, make_password(password))


def _account(name: str, role: Role, secret: str | None, team: Team | None = None) -> User:
    """`secret` None: an account nobody can sign in to, there for its history only."""
    user, _ = User.objects.get_or_create(
        email=address(name),
        defaults={
            "name": name,
            "roles": [role.value],
            "team": team,
            "locales": LOCALES if role is Role.REVIEWER else [],
            "password": secret or make_password(None),
        },
    )
    return user
