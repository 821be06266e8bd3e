"""Read the file in which an organisation brings the texts of a published scale, under its own licence. Pure.

TOML or JSON, at most 64 KiB:

    code = "who-5"
    title = "..."
    attribution = "..."
    terms = "..."
    choices = ["...", ...]     one label for each possible answer, the least first; or none
    [items]
    item1 = "..."              exactly the items that the scale is scored by
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from wellbeing.instruments import PUBLISHED, Scale

LARGEST: Final = 64 * 1024
LONGEST: Final = 1000
FIELDS: Final = frozenset({"code", "title", "attribution", "terms", "choices", "items"})


class BadInstrument(ValueError):
    """The file cannot be used; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class InstrumentFile:
    code: str
    title: str
    attribution: str
    terms: str
    choices: list[str]
    items: dict[str, str]


def read_instrument(raw: bytes, *, as_json: bool) -> InstrumentFile:
    """Parse and check a file's bytes. Raises BadInstrument."""
    if len(raw) > LARGEST:
        raise BadInstrument(f"the file is larger than {LARGEST} bytes")
    try:
        found = json.loads(raw) if as_json else tomllib.loads(raw.decode())
    except (ValueError, UnicodeDecodeError, RecursionError) as why:
        raise BadInstrument(f"the file cannot be read: {why}") from None
    if not isinstance(found, dict) or set(found) != FIELDS:
        raise BadInstrument(f"the file has exactly these fields: {', '.join(sorted(FIELDS))}")
    scale = _scale(found["code"])
    words = {name: _text(found[name], name) for name in ("title", "attribution", "terms")}
    return InstrumentFile(
        code=scale.code, choices=_choices(found["choices"], scale), items=_items(found["items"], scale), **words
    )


def _scale(code: Any) -> Scale:
    if not isinstance(code, str) or code not in PUBLISHED:
        raise BadInstrument(f"code is one of {', '.join(sorted(PUBLISHED))}: only those have a scoring here")
    return PUBLISHED[code]


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise BadInstrument(f"{name} is a text of 1 to {LONGEST} characters")
    return value.strip()


def _choices(value: Any, scale: Scale) -> list[str]:
    wanted = scale.most - scale.least + 1
    if not isinstance(value, list) or len(value) not in {0, wanted}:
        raise BadInstrument(f"choices is a list of {wanted} labels, or empty")
    return [_text(label, f"choice {number}") for number, label in enumerate(value, start=1)]


def _items(value: Any, scale: Scale) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != set(scale.items):
        raise BadInstrument(f"items has exactly these keys: {', '.join(scale.items)}")
    return {item: _text(value[item], item) for item in scale.items}
