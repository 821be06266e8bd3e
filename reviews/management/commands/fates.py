"""`manage.py fates`: what becomes of everything that can hold something of a clip, as docs/fates.md."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from reviews.fate_table import page


class Command(BaseCommand):
    help = "Print the fate registry as a page; --write puts it into docs/fates.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        """Print, or write."""
        if write:
            (settings.BASE_DIR / "docs" / "fates.md").write_text(page(), encoding="utf-8")
        else:
            self.stdout.write(page(), ending="")
