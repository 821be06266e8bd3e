"""What a listener found, as plain data, and whether it can be true of this clip."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from escalations.masking import masked
from project import vault
from project.problems import Invalid
from reviews.models import Clip, Flag, Review
from reviews.states import CATEGORIES, Activation, FlagKind


@dataclass(frozen=True, slots=True)
class Raised:
    """One flag as raised. Spans are milliseconds from the clip's start; without one the whole clip is meant."""

    kind: FlagKind
    category: str
    start_ms: int | None = None
    end_ms: int | None = None
    note: str = ""
    danger_now: bool = False

    def check(self, duration_ms: int) -> None:
        """Raises Invalid (400) for a category of the other kind or a span that is not inside the clip."""
        if self.category not in CATEGORIES[self.kind]:
            raise Invalid(f"A {self.kind} flag has no such category.", field="flags")
        if (self.start_ms is None) != (self.end_ms is None):
            raise Invalid("A span has a start and an end.", field="flags")
        if self.start_ms is None or self.end_ms is None:
            return
        if not 0 <= self.start_ms < self.end_ms <= duration_ms:
            raise Invalid("A span lies inside the clip and ends after it starts.", field="flags")


@dataclass(frozen=True, slots=True)
class Findings:
    """One review as submitted. `transcript` None leaves the machine's as it is; "" says that nothing is spoken."""

    activation: Activation
    severity: int
    transcript: str | None = None
    labels: list[str] = field(default_factory=list)
    blind: bool = False
    flags: list[Raised] = field(default_factory=list)

    def has(self, kind: FlagKind) -> bool:
        return any(flag.kind == kind for flag in self.flags)

    @property
    def has_consequences(self) -> bool:
        """May more follow than a step in the queue: a case, an erasure?"""
        return bool(self.flags) or self.activation == Activation.FALSE

    @property
    def written(self) -> str | None:
        """What was written down, as JSON to be sealed, or None when nothing was."""
        said = {"transcript": self.transcript, "labels": self.labels or None}
        kept = {name: value for name, value in said.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False) if kept else None

    @property
    def needs_sealing(self) -> bool:
        return self.written is not None or any(flag.note for flag in self.flags)


def seal_findings(review: Review, findings: Findings, key: vault.Key | None) -> None:
    """Fill the review's sealed column. `key` is None only where nothing needs sealing."""
    if findings.written is not None:
        field_name = f"review.sealed_findings.{review.pk}"
        review.sealed_findings = vault.seal_text(review.clip.vault_id, field_name, findings.written, key=key)


def open_findings(review: Review, key: vault.Key | None = None) -> dict[str, object]:
    """{transcript?, labels?} as written. Raises vault.KeyGone."""
    if review.sealed_findings is None:
        return {}
    field_name = f"review.sealed_findings.{review.pk}"
    found: dict[str, object] = json.loads(
        vault.open_text(review.clip.vault_id, field_name, review.sealed_findings, key=key)
    )
    return found


def masked_findings(
    review: Review, vault_id: UUID, spans: list[tuple[int, int]], *, old_key: vault.Key, new_key: vault.Key
) -> None:
    """Seal a review's findings anew for a redacted clip, its transcript without what was said in the spans."""
    said = open_findings(review, old_key)
    if isinstance(written := said.get("transcript"), str):
        said["transcript"] = masked(written, spans, review.clip.duration_ms)
    text = json.dumps(said, ensure_ascii=False)
    review.sealed_findings = vault.seal_text(vault_id, f"review.sealed_findings.{review.pk}", text, key=new_key)


def new_flag(clip: Clip, review: Review, raised: Raised, key: vault.Key | None) -> Flag:
    """An unsaved row, its note sealed under the clip's key."""
    flag = Flag(
        clip=clip,
        review=review,
        kind=raised.kind,
        category=raised.category,
        start_ms=raised.start_ms,
        end_ms=raised.end_ms,
        is_danger_now=raised.danger_now,
        raised_at=review.reviewed_at,
    )
    if raised.note:
        flag.sealed_note = vault.seal_text(clip.vault_id, f"flag.sealed_note.{flag.pk}", raised.note, key=key)
    return flag
