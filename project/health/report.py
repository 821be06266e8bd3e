"""The state of the service as one report: what /status answers, and what a beat task watches in between."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DatabaseError

from project.health.models import Failing
from project.health.registry import Outcome, promises, run

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Report:
    """Every promise with its outcome, and since when it has been broken."""

    outcomes: list[Outcome]
    since: dict[str, datetime]

    @property
    def ok(self) -> bool:
        """Is every promise kept?"""
        return all(outcome.ok for outcome in self.outcomes)

    def as_json(self) -> dict[str, object]:
        """Names, booleans, sentences and times; no content."""
        return {"status": "ok" if self.ok else "failing", "checks": [self._line(outcome) for outcome in self.outcomes]}

    def _line(self, outcome: Outcome) -> dict[str, object]:
        line: dict[str, object] = {"name": outcome.name, "ok": outcome.ok, "took_ms": outcome.milliseconds}
        if not outcome.ok:
            since = self.since.get(outcome.name)
            line |= {"fault": outcome.fault, "since": since.isoformat() if since else None}
        return line


def report(now: datetime) -> Report:
    """Ask every promise now. Without a database there is no memory, and `since` is unknown."""
    outcomes = run(promises)
    failing = {outcome.name for outcome in outcomes if not outcome.ok}
    try:
        since = Failing.update(failing, promises.keys() - failing, now)
    except DatabaseError:
        since = {}
    for name in sorted(name for name, moment in since.items() if moment == now):
        log.error("promise.broken", check=name)
    return Report(outcomes, since)
