"""`manage.py load_instrument FILE`: offer a published scale with the texts that this organisation may use."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wellbeing.actions.instruments import load_instrument
from wellbeing.instrument_files import LARGEST, BadInstrument, read_instrument


class Command(BaseCommand):
    help = "Load the item texts of a published scale (who-5, proqol-sts) from a TOML or JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .toml or .json file; docs/wellbeing.md shows its shape")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                raw = opened.read(LARGEST + 1)
            found = read_instrument(raw, as_json=file.suffix.lower() == ".json")
        except (OSError, BadInstrument) as why:
            raise CommandError(f"{file.name}: {why}") from None
        load_instrument(found, acting_user=None, now=timezone.now())
        self.stdout.write(f"{found.code} is offered from now on: {len(found.items)} items. {found.attribution}")
