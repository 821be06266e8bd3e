"""Races: threads that start at one barrier, each with a database connection of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one racer came back with: a result, or the exception that stopped it."""

    result: Any = None
    error: BaseException | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None


def run_together(*acts: Callable[[], Any]) -> list[Outcome]:
    """Run every act in a thread of its own, all let go at once; outcomes in the order of the acts."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Outcome] = [Outcome(error=RuntimeError("never ran"))] * len(acts)

    def race(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            outcomes[place] = Outcome(act())
        except BaseException as error:  # whatever stops a racer is its outcome
            outcomes[place] = Outcome(error=error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=race, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


@pytest.fixture
def together() -> Callable[..., list[Outcome]]:
    return run_together
