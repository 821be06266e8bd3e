"""The erasure machine as data: why, which states, how long each reason allows, how long to wait after a failure.

    ordered -> (waiting, while a hold stands) -> shredding -> verifying -> certified
       |           |                                ^            |
       +-----------+-> withdrawn                    +------------+  verification found something left

A redaction goes the same way: before the point of no return its silenced version is stored and read back, after it
what is destroyed is the version with everything in it. `withdrawn` is only reached inside the undo window.
`shredding` is the point of no return: from its commit on a hold is refused as too late. Pure: no ORM, no clock.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.db.models import TextChoices


class Reason(TextChoices):
    """Why a clip is erased. The reason decides the deadline."""

    CRITICAL_DATA = "critical_data", "Critical data was heard"
    ACCIDENTAL = "accidental", "It should never have been recorded"
    RETENTION_END = "retention_end", "Its retention ended"
    SUBJECT_REQUEST = "subject_request", "The person it concerns asked"
    SOURCE_WITHDRAWN = "source_withdrawn", "The source withdrew it"
    CASE_OVER = "case_over", "The case that held it is over"
    RESTORED = "restored", "A restored backup had brought it back"


class ErasureState(TextChoices):
    """Where an erasure stands; the arrows are in this module's docstring."""

    ORDERED = "ordered", "Ordered"
    WAITING = "waiting", "Waiting for a hold"
    SHREDDING = "shredding", "Shredding"
    VERIFYING = "verifying", "Verifying"
    CERTIFIED = "certified", "Certified"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Method(TextChoices):
    """How a clip is rid of what must go: all of it, or the flagged spans."""

    ERASE = "erase", "Erase"
    REDACT = "redact", "Redact"


class Stage(TextChoices):
    """The two certificates of one erasure."""

    LIVE_STORES = "erased-from-every-live-store", "Erased from every live store"
    BEYOND_RECOVERY = "beyond-recovery", "Beyond recovery"


class Outcome(StrEnum):
    """What the verifier found in one store. `kept` is said of a redaction's new version only: it is whole."""

    REMOVED = "removed"
    KEPT = "kept"
    NOT_APPLICABLE = "not-applicable"
    PARTIAL = "partial"
    FAILED = "failed"


MOVES: Final = {
    ErasureState.ORDERED: frozenset({ErasureState.WAITING, ErasureState.SHREDDING, ErasureState.WITHDRAWN}),
    ErasureState.WAITING: frozenset({ErasureState.SHREDDING, ErasureState.WITHDRAWN}),
    ErasureState.SHREDDING: frozenset({ErasureState.VERIFYING}),
    ErasureState.VERIFYING: frozenset({ErasureState.CERTIFIED, ErasureState.SHREDDING}),
    ErasureState.CERTIFIED: frozenset(),
    ErasureState.WITHDRAWN: frozenset(),
}
BEFORE_NO_RETURN: Final = frozenset({ErasureState.ORDERED, ErasureState.WAITING})
AFTER_NO_RETURN: Final = frozenset({ErasureState.SHREDDING, ErasureState.VERIFYING})
TERMINAL: Final = frozenset({ErasureState.CERTIFIED, ErasureState.WITHDRAWN})

# Critical data and accidental recordings: Earshot's own policy. The others are ours too: the law says "without undue
# delay" (GDPR Art. 17(1)), which a day keeps with room for a weekend's incident; a retention run is bulk and may take
# three days so that it never crowds out what is urgent.
ALLOWANCE: Final = {
    Reason.CRITICAL_DATA: timedelta(hours=1),
    Reason.ACCIDENTAL: timedelta(hours=24),
    Reason.SUBJECT_REQUEST: timedelta(hours=24),
    Reason.SOURCE_WITHDRAWN: timedelta(hours=24),
    Reason.CASE_OVER: timedelta(hours=24),
    Reason.RESTORED: timedelta(hours=1),
    Reason.RETENTION_END: timedelta(hours=72),
}
# Orders that come by the thousand are not announced one by one: the sweep takes them by deadline.
BULK: Final = frozenset({Reason.RETENTION_END, Reason.SUBJECT_REQUEST, Reason.CASE_OVER})
URGENT: Final = frozenset(Reason) - BULK
# An undo window leaves critical data at least a quarter of an hour to be destroyed in.
LONGEST_UNDO: Final = timedelta(minutes=45)

FIRST_RETRY: Final = timedelta(seconds=15)
LONGEST_RETRY: Final = timedelta(minutes=15)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after attempt number `attempts` (1 is the first) failed: doubles from 15 s up to 15 min.

    The ceiling is a quarter of the shortest allowance, so that an hour's deadline still sees several attempts.
    """
    if attempts < 1:
        raise ValueError("the first attempt is number 1")
    return min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY)
