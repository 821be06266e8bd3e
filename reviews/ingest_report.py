"""What an operator sees of a bulk ingest: one line that moves, a table of runs, a report of what was refused."""

import csv
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from reviews.actions.ingest_runs import LINES_A_BATCH, Totals, totals
from reviews.manifest import head_of, line_of, records
from reviews.models.ingests import IngestRefusal, IngestRun

REPORT_COLUMNS: Final = ("line", "file", "external_ref", "code", "reason")
_EVERY_SECONDS: Final = 0.5


@dataclass(slots=True)
class Progress:
    """One line on a terminal: how much of how much, the rate, the time left. Says nothing where there is none."""

    out: Any  # a stream of text, or the wrapper that commands have of one
    started: float = field(default_factory=time.monotonic)
    already: int = -1
    shown_at: float = 0.0

    def staged(self, lines: int) -> None:
        self._write(f"{lines:,} lines read")

    def show(self, found: Totals) -> None:
        if self.already < 0:
            self.started, self.already = time.monotonic(), found.done
        rate = (found.done - self.already) / max(time.monotonic() - self.started, 0.001)
        left = f", {span_of((found.lines - found.done) / rate)} left" if rate > 0 and found.done < found.lines else ""
        share = 100 * found.done // max(found.lines, 1)
        trouble = f", {found.refused:,} refused" if found.refused else ""
        self._write(f"{found.done:,} of {found.lines:,} ({share} %), {rate:,.0f}/s{left}{trouble}")

    def end(self) -> None:
        if self.shown_at:
            self.out.write("\n")

    def _write(self, text: str) -> None:
        if not self.out.isatty() or time.monotonic() - self.shown_at < _EVERY_SECONDS:
            return
        self.shown_at = time.monotonic()
        self.out.write(f"\r\x1b[K{text}")
        self.out.flush()


def span_of(seconds: float) -> str:
    """Roughly how long: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def summary_of(found: Totals) -> str:
    erased = f"{found.erased:,} erased before, " if found.erased else ""
    return f"{found.new:,} new, {found.known:,} known already, {erased}{found.refused:,} refused."


def run_in_words(run: IngestRun) -> Iterator[str]:
    """One run, a fact a line."""
    found = totals(run)
    yield f"{run.pk}  {run.state}"
    yield f"  manifest {run.manifest}"
    yield f"  begun {run.started_at:%Y-%m-%d %H:%M} UTC" + (
        f", ended {run.ended_at:%Y-%m-%d %H:%M} UTC" if run.ended_at else ""
    )
    yield f"  {found.done:,} of {found.lines:,} lines: {summary_of(found)}"
    if run.unreachable_at and run.is_open:
        yield "  A worker does not see this manifest and its folder under the same paths; it leaves them to others."


def refusals_of(run: IngestRun, most: int | None = None) -> Iterator[tuple[int, str, str, str, str]]:
    """Line, file, reference, code, reason, in the manifest's order; file and reference from the manifest itself."""
    rows = IngestRefusal.objects.filter(batch__run=run).order_by("batch__number", "line", "pk")
    rows = rows if most is None else rows[:most]
    names = _Names(run)
    try:
        for batch, start, first, line, code, reason in rows.values_list(
            "batch_id", "batch__start", "batch__first_line", "line", "code", "reason"
        ).iterator(chunk_size=1000):
            yield line, *names.of(batch, start, first, line), code, reason
    finally:
        names.close()


class _Names:
    """What the manifest calls the lines of a batch; nothing where it is another file by now."""

    def __init__(self, run: IngestRun) -> None:
        self._run, self._batch, self._found = run, -1, dict[int, tuple[str, str]]()
        manifest = Path(run.manifest)
        self._file: IO[bytes] | None = None
        if manifest.is_file() and (manifest.stat().st_size, manifest.stat().st_mtime_ns) == (run.size, run.modified_ns):
            self._file = manifest.open("rb")
            self._columns, _ = head_of(self._file)

    def of(self, batch: int, start: int, first_line: int, line: int) -> tuple[str, str]:
        if self._file is None:
            return "", ""
        if batch != self._batch:
            self._batch, self._found = batch, self._read(self._file, start, first_line)
        return self._found.get(line, ("", ""))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, file: IO[bytes], start: int, first_line: int) -> dict[int, tuple[str, str]]:
        found = {}
        for count, record in enumerate(records(file, start, first_line, len(self._columns)), 1):
            line = line_of(record, self._columns, Path(self._run.folder))
            found[record.number] = (line.name, str(line.fields.get("external_ref", "")))
            if count == LINES_A_BATCH:
                break
        return found


class Report:
    """A CSV file, 0600, of what was refused. Never follows a link, never replaces anything but a file."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(REPORT_COLUMNS)

    def add(self, line: int, name: str, external_ref: str, code: str, reason: str) -> None:
        self._rows.writerow((line or "", name, external_ref, code, reason))

    def close(self) -> None:
        self._file.close()
