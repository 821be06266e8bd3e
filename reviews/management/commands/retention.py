"""`manage.py retention`: how long everything is kept, as the table in docs/privacy.md."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from reviews.retention_table import put_into, table


class Command(BaseCommand):
    help = "Print how long everything is kept; --write puts it into docs/privacy.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        """Print, or write."""
        if write:
            page = settings.BASE_DIR / "docs" / "privacy.md"
            page.write_text(put_into(page.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            self.stdout.write(table())
