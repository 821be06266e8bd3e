from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from project.accounts.models import User
    from project.home import Card


class AccountsConfig(AppConfig):
    name = "project.accounts"
    label = "accounts"

    def ready(self) -> None:
        from project import home
        from project.accounts import (
            checks,  # noqa: F401  # importing registers them
            schema,  # noqa: F401  # importing declares the scheme
            signals,  # noqa: F401  # importing connects them
        )

        home.register(waiting_for_a_second_person)


def waiting_for_a_second_person(user: User) -> Iterator[Card]:
    """A card while somebody's proposal waits for this person."""
    from project.accounts.twopeople import proposals_for
    from project.home import Card

    waiting = len(proposals_for(user))
    if waiting:
        text = "Proposed by a colleague; nothing happens without your yes."
        yield Card("Waits for your decision", text, "/proposals/", "Look at it", str(waiting), "warn", 5)
