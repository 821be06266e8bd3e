"""What the erasure pages show, worked out once: filters, tones, the steps of the machine with their times."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from reviews.actions.erasure_runs import Progress, progress_of
from reviews.erasure_states import ErasureState, Method, Reason
from reviews.models import Erasure, ErasureRun, SubjectErasure
from reviews.models.erasures import ErasureQuerySet

_ONLY_SOMETIMES: Final = {"Waiting for a hold", "Working copy made", "Taken back", "Silenced version stored"}
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Filter(Enum):
    """Which erasures the list shows: (name in the address, words on the page)."""

    ALL = ("", "All")
    OPEN = ("open", "Open")
    LATE = ("late", "Late")
    WAITING = ("waiting", "On hold")
    DONE = ("done", "Certified")

    @classmethod
    def named(cls, name: str) -> "Filter":
        """The filter of that name; all for a name that there isn't."""
        return next((one for one in cls if one.value[0] == name), cls.ALL)

    @property
    def slug(self) -> str:
        """Its name in the address."""
        return self.value[0]

    @property
    def label(self) -> str:
        """Its words on the page."""
        return self.value[1]

    def of(self, erasures: ErasureQuerySet, now: datetime) -> ErasureQuerySet:
        """Those of `erasures` that this filter shows."""
        if self is Filter.OPEN:
            return erasures.open()
        if self is Filter.LATE:
            return erasures.overdue(now)
        if self is Filter.WAITING:
            return erasures.filter(state=ErasureState.WAITING)
        return erasures.filter(state=ErasureState.CERTIFIED) if self is Filter.DONE else erasures.all()


@dataclass(frozen=True, slots=True)
class Row:
    """One erasure on a page: a tone and words for how it stands, so that colour never says it alone."""

    erasure: Erasure
    tone: str
    standing: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the machine: when it was done, or that it wasn't yet."""

    title: str
    text: str
    at: datetime | None


def rows(erasures: Iterable[Erasure], now: datetime) -> list[Row]:
    """Each erasure with how it stands at `now`."""
    return [Row(erasure, *_standing(erasure, now)) for erasure in erasures]


def _standing(erasure: Erasure, now: datetime) -> tuple[str, str]:
    if erasure.state == ErasureState.WITHDRAWN:
        return "info", "Taken back"
    if erasure.state == ErasureState.CERTIFIED and erasure.method == Method.REDACT:
        return "good", "Redacted and certified"
    if erasure.state == ErasureState.CERTIFIED:
        return ("good", "Beyond recovery") if erasure.beyond_recovery_at else ("good", "Erased and certified")
    if erasure.state == ErasureState.WAITING:
        return "info", "Waits for a hold to end"
    if erasure.due_at < now:
        return "alarm", "Late"
    if erasure.last_error_code:
        return "warn", "Will be tried again"
    return "info", ErasureState(erasure.state).label


def counts(erasures: ErasureQuerySet, now: datetime) -> dict[str, int]:
    """The figures on top of the list."""
    return {
        "open": erasures.open().count(),
        "late": erasures.overdue(now).count(),
        "waiting": erasures.filter(state=ErasureState.WAITING).count(),
        "done": erasures.filter(state=ErasureState.CERTIFIED).count(),
    }


def steps(erasure: Erasure) -> list[Step]:
    """The machine's steps in order."""
    told = [
        ("Ordered", "The clip left everybody's reach in the same moment.", erasure.ordered_at),
        ("Waiting for a hold", "Evidence is kept for as long as a hold stands.", erasure.waiting_since),
        ("Working copy made", "Who works on the case hears it without the flagged spans.", erasure.working_copy_at),
        ("Taken back", "In its undo window; nothing was destroyed.", erasure.withdrawn_at),
        ("Silenced version stored", "Under a key of its own, and read back.", erasure.resealed_at),
        ("Point of no return", "No hold stood; from here on a hold comes too late.", erasure.no_return_at),
        ("Key destroyed", "What is left anywhere can no longer be opened.", erasure.key_destroyed_at),
        ("Bytes deleted", "Every part and every derived value is gone.", erasure.bytes_deleted_at),
        ("Verified", "Another part of the service read every store again and found nothing.", erasure.verified_at),
        ("Certified", "Signed, and the ledger commits to it.", erasure.certified_at),
        ("Beyond recovery", "The master key is destroyed: no backup can help.", erasure.beyond_recovery_at),
    ]
    over = erasure.state == ErasureState.WITHDRAWN
    return [Step(*one) for one in told if one[2] or not (over or one[0] in _ONLY_SOMETIMES)]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run on a page, with how far it has come."""

    title: str
    began: datetime
    progress: Progress
    tone: str
    standing: str


def run_rows(runs: Iterable[ErasureRun | SubjectErasure], now: datetime) -> list[RunRow]:
    """Each run with how it stands at `now`."""
    return [_run_row(run, progress_of(run, now)) for run in runs]


def _run_row(run: ErasureRun | SubjectErasure, progress: Progress) -> RunRow:
    is_run = isinstance(run, ErasureRun)
    title = Reason(run.reason).label if isinstance(run, ErasureRun) else Reason.SUBJECT_REQUEST.label
    began = run.started_at if isinstance(run, ErasureRun) else run.requested_at
    if progress.is_over:
        tone, standing = "good", "Done" if progress.ordered or is_run else "No clips"
    elif progress.late:
        tone, standing = "alarm", "Late"
    else:
        tone, standing = "info", f"{progress.percent} %"
    return RunRow(title, began, progress, tone, standing)


def readable(body: Any) -> Any:
    """A certificate's body for a page: its instants as datetimes, so that people see them as they see all others."""
    if isinstance(body, dict):
        return {name: readable(value) for name, value in body.items()}
    if isinstance(body, list):
        return [readable(value) for value in body]
    return datetime.fromisoformat(body) if isinstance(body, str) and _INSTANT.fullmatch(body) else body


def stores(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What the verifier found in each store, in words."""
    found = body.get("verification", {}).get("stores", [])
    return [{**one, "label": _words(one["store"]), "said": _words(one["result"])} for one in found]


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()
