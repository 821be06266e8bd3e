"""`manage.py ingest PATH [--manifest CSV]`: hand in a file, or a folder of files, and say of each refused one why."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from project.problems import Refusal
from reviews.actions.clips import ingest_clip
from reviews.api.serializers import ClipIn
from reviews.intake import read_bounded, sha256_of
from reviews.manifest import BadManifest, Line, lines_of


class Refused(Exception):
    """One file that is not taken; the reason names no content."""


class Command(BaseCommand):
    help = "Hand in recordings from a file or folder. Files that are refused are named with the reason; exit code 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a recording, or a folder of recordings")
        parser.add_argument("--manifest", type=Path, help="CSV with a column `file` and, if known, the clips' fields")

    def handle(self, *args: Any, path: Path, manifest: Path | None, **options: Any) -> None:
        self._check(path, manifest)
        counts = {"new": 0, "known": 0, "refused": 0}
        try:
            for line in lines_of(path, manifest):
                counts[self._one(line)] += 1
        except (BadManifest, UnicodeDecodeError) as error:
            raise CommandError(
                f"The manifest cannot be read. {error if isinstance(error, BadManifest) else ''}"
            ) from None
        self.stdout.write("{new} new, {known} known already, {refused} refused.".format(**counts))
        if counts["refused"]:
            raise CommandError(f"{counts['refused']} files were refused.", returncode=1)

    def _check(self, path: Path, manifest: Path | None) -> None:
        if not path.exists():
            raise CommandError(f"There is no {path}.")
        if manifest is not None and not manifest.is_file():
            raise CommandError(f"There is no manifest {manifest}.")

    def _one(self, line: Line) -> str:
        try:
            return "new" if hand_in(line) else "known"
        except Refused as reason:
            self.stderr.write(f"{line.name}: {reason}")
            return "refused"


def hand_in(line: Line) -> bool:
    """True for a new clip, False for one that is known. Raises Refused."""
    form = ClipIn(data=dict(line.fields))
    try:
        form.is_valid(raise_exception=True)
        audio = read_bounded(line.path)
        if line.sha256 and sha256_of(audio) != line.sha256:
            raise Refused("its bytes are not those of the manifest (sha256 differs)")
        return ingest_clip(audio, form.handed(), acting_user=None, now=timezone.now()).is_new
    except ValidationError as error:
        raise Refused(f"not valid: {', '.join(sorted(map(str, error.detail)))}") from None
    except OSError as error:
        raise Refused(error.strerror or "it cannot be read") from None
    except Refusal as refusal:
        raise Refused(refusal.detail or refusal.title) from None
