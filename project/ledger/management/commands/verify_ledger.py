from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management.base import BaseCommand, CommandError

from project import vault
from project.ledger.checks import missing_guards
from project.ledger.verifying import Report, verify_ledger


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
        parser.add_argument("--public-key", type=Path, help="PEM file; default: the signing keys of the key ring")

    def handle(self, *args: Any, checkpoint: Path | None, public_key: Path | None, **options: Any) -> None:
        keys = [_key_in(public_key)] if public_key else vault.public_keys()
        started = time.monotonic()
        earlier = _text(checkpoint) if checkpoint else None
        report = verify_ledger(keys, earlier=earlier, progress=self._progress)
        for name in missing_guards():
            report.fault(f"trigger {name} is missing or off: rows could be changed")
        self._tell(report, time.monotonic() - started, checkpoint)

    def _progress(self, done: int) -> None:
        if done % 100_000 == 0:
            self.stderr.write(f"{done:,} entries verified")

    def _tell(self, report: Report, seconds: float, earlier: Path | None) -> None:
        rate = report.entries / seconds if seconds else 0
        self.stdout.write(f"entries in the tree   {report.entries:,} ({seconds:.1f} s, {rate:,.0f}/s)")
        self.stdout.write(f"waiting to be sealed  {report.waiting:,}")
        self.stdout.write(f"checkpoints           {report.checkpoints:,}")
        if report.head:
            self.stdout.write(f"head                  {report.head.origin} {report.head.size} {report.head.root.hex()}")
        for fault in report.faults:
            self.stdout.write(self.style.ERROR(f"FAULT  {fault}"))
        if not report.is_good:
            raise CommandError(f"The ledger is NOT what was signed: {report.found} faults.")
        grown = ", and it has only grown since the earlier checkpoint" if earlier else ""
        self.stdout.write(self.style.SUCCESS(f"The ledger is what was signed{grown}."))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _key_in(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(_text(path).encode())
    except ValueError as error:
        raise CommandError(f"{path} holds no public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise CommandError(f"{path} is not an Ed25519 key")
    return key
