"""The named checks and figures that the apps register; no models, so that everybody may import it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

Check = Callable[[], str | None]
Figure = Callable[[], Mapping[str, float] | float]
T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What one check said: `fault` is None when all is well, else a short sentence without content."""

    name: str
    fault: str | None
    milliseconds: int

    @property
    def ok(self) -> bool:
        """Did it find nothing wrong?"""
        return self.fault is None


@dataclass(frozen=True)
class Gauge:
    """A figure for /metrics; a mapping becomes one line per key, labelled `kind`."""

    name: str
    meaning: str
    figure: Figure


promises: dict[str, Check] = {}
conditions: dict[str, Check] = {}
gauges: dict[str, Gauge] = {}


def register(name: str, check: Check) -> None:
    """A promise of the service: while `check` returns a sentence instead of None, /status is red."""
    _add(promises, name, check)


def register_ready(name: str, check: Check) -> None:
    """A condition of serving: while `check` returns a sentence instead of None, /readyz is 503."""
    _add(conditions, name, check)


def register_gauge(name: str, meaning: str, figure: Figure) -> None:
    """A figure read at every scrape, exported as `earshot_<name>`; it has to be cheap."""
    _add(gauges, name, Gauge(f"earshot_{name}", meaning, figure))


def _add(registry: dict[str, T], name: str, thing: T) -> None:
    if name in registry:
        raise ValueError(f"two checks are called {name}")
    registry[name] = thing


def run(checks: Mapping[str, Check]) -> list[Outcome]:
    """Ask every check; one that cannot be asked has failed."""
    return [_ask(name, check) for name, check in checks.items()]


def _ask(name: str, check: Check) -> Outcome:
    began = time.monotonic()
    try:
        fault = check()
    except Exception as error:
        log.warning("health.unanswered", check=name, error=type(error).__name__)
        fault = f"could not be checked ({type(error).__name__})"
    return Outcome(name, fault, int((time.monotonic() - began) * 1000))
