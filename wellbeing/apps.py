from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.apps import AppConfig


class WellbeingConfig(AppConfig):
    name = "wellbeing"
    verbose_name = "Wellbeing"

    def ready(self) -> None:
        from project import health, home
        from project.vault import owners
        from wellbeing import checks, notices, room_notices  # noqa: F401 -- they register themselves
        from wellbeing.actions.unmasking import register_rule
        from wellbeing.cards import cards
        from wellbeing.help_lines import numbers
        from wellbeing.room_cards import room_cards
        from wellbeing.screening import ask_for_lines

        owners.register("person", _with_a_person)
        owners.register("room", _with_a_room)
        register_rule()
        ask_for_lines(numbers)
        home.register(cards)
        home.register(room_cards)
        health.register("rooms-looked-after", _rooms)
        health.register("check-ins-forgotten", _check_ins)


def _with_a_person(object_ids: Sequence[UUID]) -> set[UUID]:
    """Which keys of kind person still open an answer; the rest is swept after a day."""
    from wellbeing.models import CheckIn

    return set(CheckIn.objects.filter(sealed_under__in=object_ids).values_list("sealed_under", flat=True))


def _with_a_room(object_ids: Sequence[UUID]) -> set[UUID]:
    """The same for keys of kind room."""
    from wellbeing.models import RoomKey

    return set(RoomKey.objects.filter(pk__in=object_ids).values_list("pk", flat=True))


def _rooms() -> str | None:
    """What /status says of the rooms."""
    from django.utils import timezone

    from wellbeing.actions.room_retention import oldest_overdue

    return oldest_overdue(timezone.now())


def _check_ins() -> str | None:
    """What /status says of answers past their time."""
    from django.utils import timezone

    from wellbeing.actions.checkins import overdue

    return overdue(timezone.now())
