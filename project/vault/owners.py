"""Who owns the keys of each kind, and who waits for the end of a master key. The apps above declare it.

The sweep asks before it shreds an orphan.

In an app's `ready()`: `owners.register("clip", which_exist)`, where `which_exist(ids)` returns those of the given
object ids that have an owner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from project.vault.models import Kind

WhichExist = Callable[[Sequence[UUID]], set[UUID]]

_registered: dict[Kind, WhichExist] = {}
_waiting: list[Callable[[], None]] = []


def register(kind: str, which_exist: WhichExist) -> None:
    _registered[Kind(kind)] = which_exist


def of(kind: str) -> WhichExist | None:
    """The question for one kind, or None where no app declared it: then nothing of that kind is swept."""
    return _registered.get(Kind(kind))


def when_a_master_key_is_destroyed(act: Callable[[], None]) -> None:
    """Have something announced then (a nudge: it is called once per process that registers it)."""
    if act not in _waiting:
        _waiting.append(act)


def master_key_destroyed() -> None:
    for act in _waiting:
        act()
