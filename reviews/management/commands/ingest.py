"""`manage.py ingest PATH [--manifest CSV]`: hand in a file, a folder, or what a manifest names; refusals are named.

A folder without a manifest is done here, file by file. A manifest becomes a run: this process and every worker that
sees the same folder do it together, and the same command again goes on where it was killed.
"""

import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from project import vault
from reviews.actions.clip_batches import Outcome, Refused, ingest_lines
from reviews.actions.ingest_runs import LINES_A_BATCH, Totals, open_run, stage, totals
from reviews.actions.ingest_work import ManifestChanged, NotHere, announce, claim, do_batch
from reviews.ingest_report import Progress, Report, refusals_of, run_in_words, summary_of
from reviews.manifest import BadManifest, Line, named, names_in
from reviews.models.ingests import IngestBatch, IngestRun, IngestState

NAMED: Final = 50
MOST_JOBS: Final = 64
_NAP_SECONDS: Final = 0.5
_LATEST: Final = 10


class Command(BaseCommand):
    help = "Hand in recordings. What is refused is named with the reason; exit code 1. Run again, it goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, nargs="?", help="a recording, or a folder of recordings")
        parser.add_argument("--manifest", type=Path, help="CSV with a column `file` and, if known, the clips' fields")
        parser.add_argument("--report", type=Path, help="write what was refused, and why, to this CSV file")
        parser.add_argument("--jobs", type=int, default=1, help="processes here, besides the workers (1)")
        parser.add_argument("--here", action="store_true", help="ask no workers for help")
        parser.add_argument("--no-wait", action="store_true", help="leave it to the workers")
        parser.add_argument(
            "--status", nargs="?", const="", metavar="RUN", help="how the latest runs, or this one, are"
        )
        parser.add_argument("--help-run", type=UUID, help="do batches of this run until none is left")

    def handle(self, *args: Any, path: Path | None, **options: Any) -> None:
        if options["status"] is not None:
            return self._status(options["status"], options["report"])
        if options["help_run"] is not None:
            return self._work(options["help_run"], Progress(self.stderr), waits=False)
        if path is None or not path.exists():
            raise CommandError(f"There is no {path}." if path else "Say what to hand in: a recording or a folder.")
        if not 1 <= options["jobs"] <= MOST_JOBS:
            raise CommandError(f"--jobs is 1 to {MOST_JOBS}.")
        try:
            if options["manifest"] is None:
                return self._folder(path, options["report"])
            return self._manifest(path, options["manifest"], options)
        except KeyboardInterrupt:
            raise CommandError("Interrupted. The same command goes on where it was.", returncode=130) from None

    # --- a folder or a file ---------------------------------------------------------------------------------------

    def _folder(self, path: Path, report: Path | None) -> None:
        writer, progress, names = _report_at(report), Progress(self.stderr), names_in(path)
        found = Totals(len(names))
        try:
            for at in range(0, len(names), LINES_A_BATCH):
                lines = [named(name) for name in names[at : at + LINES_A_BATCH]]
                outcome = self._tried(partial(_hand_in, lines))
                self._name(outcome.refused, writer)
                found = _added(found, outcome)
                progress.show(found)
        finally:
            progress.end()
            if writer is not None:
                writer.close()
        self._conclude(found)

    def _name(self, refused: Sequence[Refused], writer: Report | None) -> None:
        for one in refused:
            self.stderr.write(f"{_printable(one.line.name)}: {one.reason}")
            if writer is not None:
                writer.add(0, one.line.name, str(one.line.fields.get("external_ref", "")), one.code, one.reason)

    # --- a manifest -----------------------------------------------------------------------------------------------

    def _manifest(self, path: Path, manifest: Path, options: dict[str, Any]) -> None:
        if not manifest.is_file():
            raise CommandError(f"There is no manifest {manifest}.")
        progress = Progress(self.stderr)
        run = self._staged(path if path.is_dir() else path.parent, manifest, progress)
        if not options["here"]:
            announce(run.pk, now=timezone.now())
        if options["no_wait"]:
            self.stdout.write(f"Run {run.pk} is left to the workers: `manage.py ingest --status {run.pk}`.")
            return
        helpers = [_helper(run) for _ in range(options["jobs"] - 1)] if run.is_open else []
        try:
            self._work(run.pk, progress, waits=True)
        finally:
            progress.end()
            _let_go(helpers)
        self._end(run, options["report"])

    def _staged(self, folder: Path, manifest: Path, progress: Progress) -> IngestRun:
        try:
            run, goes_on = open_run(folder, manifest, now=timezone.now())
            for lines in stage(run, now=timezone.now()):
                progress.staged(lines)
        except (BadManifest, OSError) as error:
            words = str(error) if isinstance(error, BadManifest) else error.strerror
            raise CommandError(f"The manifest cannot be read. {words}") from None
        if goes_on:
            found = totals(run)
            self.stderr.write(f"Going on with run {run.pk}: {found.done:,} of {found.lines:,} lines were done.")
        return run

    def _work(self, run_id: UUID, progress: Progress, *, waits: bool) -> None:
        """Do batch after batch; where others hold the last ones, wait until they are done or let go."""
        run = IngestRun.objects.get(pk=run_id)
        while run.is_open:
            batch = claim(run_id, now=timezone.now())
            if batch is not None:
                self._tried(partial(_do, batch))
            elif waits:
                time.sleep(_NAP_SECONDS)
            else:
                return
            progress.show(totals(run))
            run.refresh_from_db()

    def _tried(self, do: Callable[[], Any]) -> Any:
        """Where a store is away or full, say so and stop: nothing is half in, and the same command goes on."""
        try:
            return do()
        except ManifestChanged:
            raise CommandError("The manifest was changed meanwhile. Run the command again; what is in stays.") from None
        except NotHere:
            raise CommandError("The manifest or its folder is gone. Run the command again when it is back.") from None
        except (vault.VaultError, DatabaseError, OSError) as error:
            words = getattr(error, "detail", "") or type(error).__name__
            raise CommandError(f"Stopped: {words}. Nothing is half in; the same command goes on.") from None

    def _end(self, run: IngestRun, report: Path | None) -> None:
        run.refresh_from_db()
        if run.state == IngestState.STOPPED:
            raise CommandError("This run was stopped: its manifest changed, or another run replaced it.")
        for line, name, _, _, reason in refusals_of(run, most=NAMED):
            self.stderr.write(f"line {line}, {_printable(name)}: {reason}")
        self._write_report(run, report)
        found = totals(run)
        if found.refused + found.erased > NAMED and report is None:
            self.stderr.write(f"... and more: `manage.py ingest --status {run.pk} --report FILE` lists all.")
        self._conclude(found)

    def _conclude(self, found: Totals) -> None:
        self.stdout.write(summary_of(found))
        if found.refused:
            raise CommandError(f"{found.refused:,} files were refused.", returncode=1)

    # --- afterwards -----------------------------------------------------------------------------------------------

    def _status(self, run_id: str, report: Path | None) -> None:
        if not run_id and report is not None:
            raise CommandError("Say which run: --status RUN --report FILE.")
        try:
            runs = IngestRun.objects.filter(pk=UUID(run_id)) if run_id else IngestRun.objects.order_by("-started_at")
        except ValueError:
            raise CommandError("A run is named by its number, as --status lists it.") from None
        found = list(runs[:_LATEST])
        if not found:
            raise CommandError("There is no such run." if run_id else "There are no runs yet.")
        for run in found:
            for line in run_in_words(run):
                self.stdout.write(line)
        self._write_report(found[0], report)

    def _write_report(self, run: IngestRun, path: Path | None) -> None:
        writer = _report_at(path)
        if writer is not None:
            for row in refusals_of(run):
                writer.add(*row)
            writer.close()


def _report_at(path: Path | None) -> Report | None:
    try:
        return Report(path) if path is not None else None
    except OSError as error:
        raise CommandError(f"The report cannot be written: {error.strerror}.") from None


def _added(found: Totals, outcome: Outcome) -> Totals:
    return Totals(
        found.lines,
        found.new + outcome.new,
        found.known + outcome.known,
        found.erased + outcome.erased,
        found.refused + outcome.faulty,
    )


def _printable(name: str) -> str:
    """A name as a terminal may show it: it comes from a file that others wrote."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:200]


def _helper(run: IngestRun) -> subprocess.Popen[bytes]:
    program = [sys.executable, str(settings.BASE_DIR / "manage.py"), "ingest", "--help-run", str(run.pk)]
    return subprocess.Popen(program, stdin=subprocess.DEVNULL)  # noqa: S603 -- this very program


def _let_go(helpers: Sequence[subprocess.Popen[bytes]]) -> None:
    """They end by themselves when no batch is left; when we are stopped, so are they."""
    for helper in helpers:
        helper.terminate()
        helper.wait()


def _hand_in(lines: Sequence[Line]) -> Outcome:
    return ingest_lines(lines, acting_user=None, now=timezone.now())


def _do(batch: IngestBatch) -> None:
    do_batch(batch, now=timezone.now())
