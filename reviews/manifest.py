"""A manifest of recordings: a CSV file, read by stretches of bytes, so that it may be as long as it likes.

Pure but for reading files. A record knows which bytes it came from, so many workers can read one manifest, each its own
stretch. A line that cannot be read is refused by itself: a forgotten quotation mark does not swallow what follows.
"""

import csv
import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from reviews.states import ALL_CATEGORIES

COLUMNS: Final = (
    "external_ref", "subject_ref", "device", "household", "locale", "recorded_at", "trigger", "transcript",
    "predicted_severity", "predicted_categories", "priority", "reviews_wanted", "skill", "skill",
)  # fmt: skip
FILE: Final = "file"
LONGEST_LINE: Final = 256 * 1024
_NOT_AUDIO: Final = frozenset({".csv", ".md", ".txt", ".json"})
_LIST_SEPARATOR: Final = ";"
_OUTSIDE: Final = "it lies outside the folder"


class BadManifest(ValueError):
    """The manifest as a whole cannot be used; says why, in words without content."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recording: where it lies, what is said of it, its SHA-256 if that was said; or why it cannot be read.

    `number` is the line in the manifest, the first being 1; 0 where there is no manifest.
    """

    name: str
    path: Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    number: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of CSV (more, where a quoted field holds line breaks): its bytes in the file, and its cells.

    `number` is its first line, `after` the line that follows it.
    """

    number: int
    after: int
    start: int
    stop: int
    cells: Sequence[str]
    fault: str = ""


def names_in(path: Path) -> list[Path]:
    """A recording, or every recording of a folder by name, without a manifest."""
    if path.is_file():
        return [path]
    with os.scandir(path) as entries:
        names = [entry.name for entry in entries if Path(entry.name).suffix.lower() not in _NOT_AUDIO]
    return [path / name for name in sorted(names) if (path / name).is_file()]


def named(path: Path) -> Line:
    """A recording without a manifest is known by its name."""
    return Line(path.name, path, {"external_ref": path.name})


def head_of(file: IO[bytes]) -> tuple[tuple[str, ...], Record]:
    """The columns, and the record that holds them. Raises BadManifest."""
    file.seek(0)
    begins = len(BOM_UTF8) if file.read(len(BOM_UTF8)) == BOM_UTF8 else 0
    file.seek(begins)
    first = next(_records(file, begins, 0, 1), None)
    if first is None or first.fault:
        raise BadManifest(f"Its first line is no list of columns{': ' + first.fault if first else ''}.")
    columns = tuple(cell.strip() for cell in first.cells)
    if FILE not in columns:
        raise BadManifest(f"The manifest has no column `{FILE}`.")
    if len(set(columns)) != len(columns):
        raise BadManifest("The manifest has a column twice.")
    return columns, first


def records(file: IO[bytes], at: int, number: int, width: int) -> Iterator[Record]:
    """Every record from byte `at`, which is line `number`, to the file's end; empty lines are passed over."""
    file.seek(at)
    for record in _records(file, at, width, number):
        if record.cells or record.fault:
            yield record


def line_of(record: Record, columns: Sequence[str], folder: Path) -> Line:
    """What a record says. A file is a name inside the folder: what leads out of it, by a link too, is a fault."""
    row = dict(zip(columns, (cell.strip() for cell in record.cells), strict=False))
    name = row.get(FILE, "")
    said: dict[str, Any] = {column: row[column] for column in COLUMNS if row.get(column)}
    said.setdefault("external_ref", name)
    if "predicted_categories" in said:
        said["predicted_categories"] = said["predicted_categories"].split(_LIST_SEPARATOR)
    elif category := _category_of(row.get("kind", "")):
        said["predicted_categories"] = [category]
    path, fault = _inside(folder, name)
    return Line(name, path, said, row.get("sha256", "").lower(), record.number, record.fault or fault)


def _inside(folder: Path, name: str) -> tuple[Path, str]:
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):  # too long, a zero byte, links in a circle
        return folder, "its name is not one of a file"
    return path, "" if path.is_relative_to(folder.resolve()) else _OUTSIDE


def _category_of(kind: str) -> str:
    """`critical:payment_card` predicts a payment card; other kinds (speech, background) predict nothing."""
    category = kind.partition(":")[2]
    return category if category in ALL_CATEGORIES else ""


class _Lines:
    """Lines of a file as text, counted in lines and bytes. An iterator that goes on after an error."""

    def __init__(self, file: IO[bytes], at: int, number: int) -> None:
        self._file, self.at, self.number = file, at, number
        self.ends: list[int] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._file.readline(LONGEST_LINE)
        if not raw:
            raise StopIteration
        self.at += len(raw)
        self.number += 1
        self.ends.append(self.at)
        return raw.decode("utf-8", "surrogateescape")

    def go_back_to_second(self) -> None:
        """Read again from after the first of the lines read since `ends` was emptied."""
        self.number -= len(self.ends) - 1
        self.at = self.ends[0]
        self._file.seek(self.at)


def _records(file: IO[bytes], at: int, width: int, number: int) -> Iterator[Record]:
    """`width` is how many cells a record may have at most; 0 for any."""
    lines = _Lines(file, at, number)
    reader = csv.reader(lines, strict=True)
    while True:
        first, start = lines.number, lines.at
        lines.ends.clear()
        try:
            cells, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error:
            cells, fault = [], "this line is not CSV (a quotation mark that is not closed?)"
        fault = fault or _fault_of(cells, width)
        if fault and len(lines.ends) > 1:
            lines.go_back_to_second()
            reader = csv.reader(lines, strict=True)
        yield Record(first, lines.number, start, lines.at, [] if fault else cells, fault)


def _fault_of(cells: Sequence[str], width: int) -> str:
    if width and len(cells) > width:
        return "it has more cells than the manifest has columns"
    try:
        whole = "".join(cells).encode()
    except UnicodeEncodeError:  # bytes that could not be decoded were kept as surrogates until here
        return "it is not UTF-8"
    return "it holds a zero byte" if b"\0" in whole else ""
