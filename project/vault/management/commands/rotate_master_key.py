from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from project.vault.actions.rotation import RotationRunning, rotate
from project.vault.errors import VaultError

EVERY_SECONDS: Final = 2.0


class Command(BaseCommand):
    """Wrap every data key under a new master key and destroy the old one."""

    _said = 0.0

    help = "Wrap every data key under a new master key, then destroy the old one. Run it again after an interruption."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--backups",
            type=Path,
            help="folder for the copy of the wrapped keys, test-opened before the old key goes (KEYSTORE_BACKUPS)",
        )

    def handle(self, *args: Any, backups: Path | None, **options: Any) -> None:
        started = time.monotonic()
        try:
            done = rotate(now=timezone.now(), backups=backups, progress=self._progress)
        except (VaultError, RotationRunning) as error:
            raise CommandError(str(error)) from error
        except (OSError, DatabaseError) as error:
            raise CommandError(f"{error}\nNothing was destroyed. Mend that and run it again: it goes on.") from error
        seconds = time.monotonic() - started
        self.stdout.write(
            f"master key {done.version} wraps every key; {done.rewrapped:,} re-wrapped in {seconds:.1f} s"
        )
        self.stdout.write(f"backup written and every key in it opened: {done.backup}")
        for version in done.destroyed:
            self.stdout.write(f"master key {version} destroyed: its file is overwritten and deleted")
        self.stdout.write("That rests on the file being gone: backups of the key ring must expire too.")

    def _progress(self, done: int, total: int) -> None:
        if done == total or time.monotonic() - self._said > EVERY_SECONDS:
            self._said = time.monotonic()
            self.stderr.write(f"{done:,} of {total:,} keys")
