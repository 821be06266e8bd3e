"""`manage.py reconcile`: replay erasures that a restore undid, then compare every store with the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reviews.actions.reconciliation import reconcile


class Command(BaseCommand):
    """Exit code 1 when something is left that a person has to look at."""

    help = "Replay tombstones after a restore, sweep orphans, and compare stores and database in both directions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--tombstones`, once for each copy."""
        parser.add_argument(
            "--tombstones",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="a newer copy of tombstones.jsonl, where the ring itself had to be put back from a backup",
        )

    def handle(self, *args: Any, tombstones: list[Path], **options: Any) -> None:
        """Run it and say what was found."""
        try:
            found = reconcile(now=timezone.now(), copies=tombstones)
        except OSError as error:
            raise CommandError(f"{error}; nothing can be said of what was erased since the backup") from error
        self.stdout.write(
            f"erased again after a restore: {found.replayed}\n"
            f"keys and bytes without a clip, destroyed: {found.orphans}\n"
            f"erased clips that had bytes again, deleted: {found.resurrected}\n"
            f"living clips without a key: {found.keyless}\n"
            f"living clips without their audio: {found.byteless}"
        )
        if not found.is_clean:
            raise CommandError("the stores and the database differ: see docs/erasure.md, 'What reconcile says'")
