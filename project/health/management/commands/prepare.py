"""`manage.py prepare`: everything that must be done once before this version may serve. Safe to repeat."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from project.health.statics import digest_of_sources
from project.vault.roles import as_owner
from project.vault.startup import refuse_a_wrong_ring


class Command(BaseCommand):
    help = "Migrate both databases, collect static files, and seed an empty demo."

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():  # data keys first: nothing may be sealed before there is a place for them
            refuse_a_wrong_ring()
            self._migrate("keys")
        self._migrate("default")
        self._collect_static()
        if settings.DEMO:  # returns at once when the demo is complete
            call_command("seed_demo", stdout=self.stdout)

    def _migrate(self, alias: str) -> None:
        call_command("migrate", database=alias, interactive=False, verbosity=1, stdout=self.stdout)

    def _collect_static(self) -> None:
        """Collect and compress, unless nothing has changed since, or an image brought them along read-only."""
        root = Path(settings.STATIC_ROOT)
        if (root / "staticfiles.json").exists() and not os.access(root, os.W_OK):
            return
        mark, digest = root / ".sources", digest_of_sources()
        if mark.exists() and mark.read_text() == digest:
            return
        call_command("collectstatic", interactive=False, verbosity=0, clear=mark.exists(), stdout=self.stdout)
        mark.write_text(digest)
