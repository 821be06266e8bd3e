from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management.base import BaseCommand, CommandError

from project.ledger.checks import missing_guards
from project.ledger.keeping import CannotRead, heads_kept_in, keys_in
from project.ledger.signing_keys import known_keys
from project.ledger.verifying import Report, verify_ledger

EVERY_SECONDS = 2.0


class Command(BaseCommand):
    """Recompute the whole ledger and compare it with what was signed. Exit code 1 when anything differs."""

    help = "Recompute every leaf, subtree, root and signature of the ledger. Exit code 1 if anything is not as signed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "checkpoint",
            nargs="?",
            type=Path,
            help="a checkpoint saved earlier; proves that the ledger has only grown since",
        )
        parser.add_argument(
            "--witness",
            type=Path,
            metavar="PATH",
            help="folder (or file) with the checkpoints that a witness kept; each must still fit",
        )
        parser.add_argument(
            "--public-key",
            type=Path,
            help="PEM file; keys that follow or precede it by a signed change are trusted too. Default: the key ring's",
        )
        parser.add_argument("--processes", type=int, help="how many compute at once; default: one a processor")

    def handle(self, *args: Any, **options: Any) -> None:
        started = self._told_at = time.monotonic()
        try:
            trusted = keys_in(options["public_key"]) if options["public_key"] else None
            keys = known_keys(trusted)
            kept, wrong = self._kept(options["checkpoint"], options["witness"], keys)
        except CannotRead as error:
            raise CommandError(str(error)) from error
        report = verify_ledger(
            keys, kept=[head for _, head in kept], progress=self._progress, processes=options["processes"]
        )
        for sentence in [
            *wrong,
            *(f"trigger {name} is missing or off: rows could be changed" for name in missing_guards()),
        ]:
            report.fault(sentence)
        self._tell(report, time.monotonic() - started, len(kept))

    def _kept(
        self, checkpoint: Path | None, witness: Path | None, keys: list[Ed25519PublicKey]
    ) -> tuple[list[Any], list[str]]:
        """Heads that were kept outside, and what is wrong with the files."""
        kept: list[Any] = []
        wrong: list[str] = []
        for path, what in ((checkpoint, "the earlier checkpoint"), (witness, "the witness's checkpoint")):
            if path is not None:
                heads, faults = heads_kept_in(path, what, keys)
                kept, wrong = kept + heads, wrong + faults
        return kept, wrong

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= EVERY_SECONDS:
            self._told_at = now
            self.stderr.write(f"{done:,} of {total:,} entries verified ({done * 100 // max(total, 1)} %)")

    def _tell(self, report: Report, seconds: float, kept: int) -> None:
        rate = report.entries / seconds if seconds else 0
        self.stdout.write(f"entries in the tree   {report.entries:,} ({seconds:.1f} s, {rate:,.0f}/s)")
        self.stdout.write(f"waiting to be sealed  {report.waiting:,}")
        self.stdout.write(f"checkpoints           {report.checkpoints:,}")
        self.stdout.write(f"kept outside          {kept:,}")
        if report.head:
            self.stdout.write(f"head                  {report.head.origin} {report.head.size} {report.head.root.hex()}")
        for fault in report.faults:
            self.stdout.write(self.style.ERROR(f"FAULT  {fault}"))
        if not report.is_good:
            more = f" The first {len(report.faults)} are above." if report.found > len(report.faults) else ""
            raise CommandError(f"The ledger is NOT what was signed: {report.found} faults.{more}")
        grown = ", and it has only grown since what was kept outside" if kept else ""
        self.stdout.write(self.style.SUCCESS(f"The ledger is what was signed{grown}."))
