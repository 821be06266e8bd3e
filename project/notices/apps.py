from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.urls import reverse


class NoticesConfig(AppConfig):
    name = "project.notices"
    label = "notices"

    def ready(self) -> None:
        from project import health, home
        from project.notices import checks, failures  # noqa: F401  (registers the system checks)

        health.register("sends", failures.not_getting_through)
        health.register_gauge("sends_failing", "Messages that failed twice or were given up.", failures.by_channel)
        health.register_gauge("sends_waiting", "Messages on their way, those in quiet hours too.", failures.waiting)
        home.register(cards)


def cards(user: Any) -> Iterator[Any]:
    """For whoever can do something about it: whose messages do not get through."""
    from project.accounts.access import Can, may
    from project.home import Card
    from project.notices import failures

    if not may(user, Can.READ_SENDS):
        return
    found = failures.seen_by(user)
    if found:
        text = "They stand in the app all the same, but their mail or message has not arrived."
        url, figure = reverse("notices:failing"), str(sum(one.sends for one in found))
        yield Card("Messages that do not get through", text, url, "Look", figure, "alarm", order=12)
