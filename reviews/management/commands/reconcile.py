"""`manage.py reconcile`: replay erasures that a restore undid, then compare every store with the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reviews.actions.reconciliation import reconcile


class Command(BaseCommand):
    """Exit code 1 when something is left that a person has to look at."""

    help = "Replay tombstones after a restore, sweep orphans, and compare stores and database in both directions."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and say what was found."""
        found = reconcile(now=timezone.now())
        self.stdout.write(
            f"erased again after a restore: {found.replayed}\n"
            f"keys and bytes without a clip, destroyed: {found.orphans}\n"
            f"erased clips that had bytes again, deleted: {found.resurrected}\n"
            f"living clips without a key: {found.keyless}\n"
            f"living clips without their audio: {found.byteless}"
        )
        if not found.is_clean:
            raise CommandError("the stores and the database differ: see docs/erasure.md, 'What reconcile says'")
