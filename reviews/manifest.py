"""A folder of recordings and its manifest, as lines to be handed in. Pure but for reading the CSV."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reviews.states import ALL_CATEGORIES

COLUMNS: Final = (
    "external_ref", "subject_ref", "device", "household", "locale", "recorded_at", "trigger", "transcript",
    "predicted_severity", "predicted_categories", "priority", "reviews_wanted",
)  # fmt: skip
_NOT_AUDIO: Final = frozenset({".csv", ".md", ".txt", ".json"})
_LIST_SEPARATOR: Final = ";"


class BadManifest(ValueError):
    """The manifest as a whole cannot be used; says why, in words without content."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recording: where it lies, what is said of it, and its SHA-256 if that was said."""

    path: Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.path.name


def lines_of(path: Path, manifest: Path | None) -> Iterator[Line]:
    """Every recording to be handed in, in the manifest's order, or in the folder's by name. Raises BadManifest."""
    if manifest is None:
        yield from (Line(found, {"external_ref": found.name}) for found in _recordings(path))
        return
    folder = path if path.is_dir() else path.parent
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if "file" not in (reader.fieldnames or ()):
            raise BadManifest("The manifest has no column `file`.")
        for row in reader:
            yield _line(folder, row)


def _recordings(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(found for found in path.iterdir() if found.is_file() and found.suffix.lower() not in _NOT_AUDIO)


def _line(folder: Path, row: Mapping[str, str | None]) -> Line:
    """A file name is a name inside the folder: what leads out of it is taken as a name that isn't there."""
    name = (row.get("file") or "").strip()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        path = folder / Path(name).name / "outside"
    said: dict[str, Any] = {column: value for column in COLUMNS if (value := (row.get(column) or "").strip())}
    said.setdefault("external_ref", name)
    if "predicted_categories" in said:
        said["predicted_categories"] = said["predicted_categories"].split(_LIST_SEPARATOR)
    elif category := _category_of(row.get("kind") or ""):
        said["predicted_categories"] = [category]
    return Line(path, said, (row.get("sha256") or "").strip().lower())


def _category_of(kind: str) -> str:
    """`critical:payment_card` predicts a payment card; other kinds (speech, background) predict nothing."""
    category = kind.partition(":")[2]
    return category if category in ALL_CATEGORIES else ""
