"""The export's tables: exhibits, custody and timeline as CSV (RFC 4180) that a spreadsheet cannot be tricked by."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from escalations.export.bag import Digest
from escalations.export.facts import CustodyEntry, Exhibit, ExportFacts, TimelineEntry

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")

EXHIBIT_COLUMNS = (
    "exhibit",
    "clip",
    "format",
    "bytes",
    "duration_ms",
    "sample_rate",
    "channels",
    "locale",
    "trigger",
    "recorded_at",
    "ingested_at",
    "sha256_at_intake",
    "sha256_at_export",
    "original",
    "redacted",
    "redacted_sha256",
    "silenced_spans",
    "external_ref",
    "subject_ref",
    "device",
    "household",
)
CUSTODY_COLUMNS = ("at", "exhibit", "person", "role", "act", "version", "purpose")
TIMELINE_COLUMNS = ("at", "event", "person", "role", "detail")


def instant(at: datetime | None) -> str:
    """RFC 3339 in UTC, to the millisecond; empty for none."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else ""


def safe_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, CSV injection): an apostrophe goes before such a start."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return f"'{text}" if str(value).lstrip(" ").startswith(FORMULA_STARTS) else text


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file in UTF-8, every cell quoted, so that readers agree on what is text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def exhibits_csv(facts: ExportFacts, written: dict[str, Digest]) -> bytes:
    """Every recording with its hash at intake and at export. `written` is what the bag holds by now."""
    return table(EXHIBIT_COLUMNS, (exhibit_row(exhibit, written) for exhibit in facts.exhibits))


def exhibit_row(exhibit: Exhibit, written: dict[str, Digest]) -> tuple[object, ...]:
    """One line of exhibits.csv; empty cells where this profile carries no such file."""
    original, redacted = written.get(exhibit.original_path), written.get(exhibit.redacted_path)
    spans = " ".join(f"{span.start_ms}-{span.end_ms}:{span.category}" for span in exhibit.silenced)
    return (
        exhibit.number,
        exhibit.clip_id,
        exhibit.audio_format,
        exhibit.byte_size,
        exhibit.duration_ms,
        exhibit.sample_rate,
        exhibit.channels,
        exhibit.locale,
        exhibit.trigger,
        instant(exhibit.recorded_at),
        instant(exhibit.ingested_at),
        exhibit.sha256,
        original.sha256 if original else "",
        exhibit.original_path if original else "",
        exhibit.redacted_path if redacted else "",
        redacted.sha256 if redacted else "",
        spans,
        exhibit.external_ref or "",
        exhibit.subject_ref or "",
        exhibit.device or "",
        exhibit.household or "",
    )


def custody_csv(entries: Iterable[CustodyEntry]) -> bytes:
    """Who opened which exhibit, when, which version and what for."""
    return table(
        CUSTODY_COLUMNS,
        ((instant(one.at), one.exhibit, one.person, one.role, one.act, one.version, one.purpose) for one in entries),
    )


def timeline_csv(entries: Iterable[TimelineEntry]) -> bytes:
    """The steps of the case in order."""
    return table(TIMELINE_COLUMNS, ((instant(one.at), one.event, one.person, one.role, one.detail) for one in entries))
