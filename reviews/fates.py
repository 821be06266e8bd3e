"""What an erasure does to every column that can hold something of a clip. Executed, verified and tested from here.

EMPTIED columns are overwritten with NULL, zero or nothing (reviews/actions/shredding.py) and read again by
reviews/verifier.py. SEALED ones are ciphertext under the clip's own key: they die with the key, and are emptied as
well. KEPT ones stay, each with the reason. tests/test_completeness.py fails for a column that is not declared here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Fates:
    """One model: how its rows are found from a clip's id (a filter path, "" when they never hold anything of one)."""

    path: str
    sealed: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def emptied(self) -> tuple[str, ...]:
        """The columns that hold nothing after an erasure."""
        return self.sealed + self.cleared

    @property
    def declared(self) -> frozenset[str]:
        """Every column with a fate."""
        return frozenset(self.emptied) | frozenset(self.kept)


MACHINERY: Final = "a state, a time or a counter of ours; says nothing of what was recorded"
TECHNICAL: Final = "a property of the file format with a handful of values; names no recording"
STATISTIC: Final = "needed for the rate of false activations by locale and trigger; names no recording"
FINDING: Final = "a finding from a fixed list that a case, a statistic or a person's own history rests on; no words"

FATES: Final[Mapping[str, Fates]] = {
    "reviews.Clip": Fates(
        path="pk",
        sealed=("sealed_source", "sealed_transcript"),
        cleared=(
            "sha256", "subject_ref_hmac", "duration_ms", "byte_size", "recorded_at",
            "predicted_severity", "predicted_categories", "seen_by",
        ),
        kept={
            "state": MACHINERY,
            "locale": STATISTIC,
            "trigger": STATISTIC,
            "sample_rate": TECHNICAL,
            "channels": TECHNICAL,
            "audio_format": TECHNICAL,
            "external_ref_hmac": "a keyed hash of the source's own name for it: handing it in again answers 410",
            "priority": MACHINERY,
            "reviews_wanted": MACHINERY,
            "reviews_done": MACHINERY,
        },
    ),
    "reviews.Review": Fates(
        path="clip_id",
        sealed=("sealed_findings",),
        kept={"activation": STATISTIC, "severity": "how heavy it was for the listener, whom it protects",
              "is_blind": MACHINERY, "is_offered": MACHINERY, "is_listed": MACHINERY},
    ),
    "reviews.Flag": Fates(
        path="clip_id",
        sealed=("sealed_note",),
        cleared=("start_ms", "end_ms"),
        kept={"kind": FINDING, "category": FINDING, "is_danger_now": FINDING},
    ),
}  # fmt: skip
