"""Crisis lines by country, from a file that the organisation replaces with its own (setting HELP_LINES). No network.

A file is JSON: country code ("" for everybody) -> {where, emergency, lines: [{name, number, note}]}.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
SHIPPED: Final = Path(__file__).parent / "data" / "help_lines.json"
UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError)
COUNTRY_OF_LANGUAGE: Final = {"ro": "RO", "es": "ES", "de": "DE", "en": "GB"}


@dataclass(frozen=True, slots=True)
class Line:
    """One number to call, with what it is."""

    name: str
    number: str
    note: str

    @property
    def link(self) -> str:
        """The number as a tel: address has it."""
        return "tel:" + "".join(char for char in self.number if char.isdigit() or char == "+")


@dataclass(frozen=True, slots=True)
class Country:
    """Where, the emergency number there, and the lines."""

    where: str
    emergency: str
    lines: tuple[Line, ...]


@cache
def countries() -> dict[str, Country]:
    """All of the file, read once a process. One that cannot be read leaves the shipped lines: help is never a fault."""
    try:
        return read(Path(settings.HELP_LINES or SHIPPED))
    except UNREADABLE:
        log.exception("help-lines.unreadable")
        return read(SHIPPED)


def read(path: Path) -> dict[str, Country]:
    """What such a file says. Raises one of UNREADABLE."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not found:
        raise ValueError("no country")
    return {
        code: Country(row["where"], row["emergency"], tuple(Line(**line) for line in row["lines"]))
        for code, row in found.items()
    }


def numbers() -> Iterator[tuple[str, str]]:
    """Country and number of every line, for screening: they are passed on unmasked."""
    for code, country in countries().items():
        yield from ((code, line.number) for line in country.lines)


def lines_for(locales: Iterable[str]) -> list[Country]:
    """Those of a person's locales first, then the one for everybody, then the rest: nobody has to search."""
    found = countries()
    own = [code for code in map(country_of, locales) if code in found]
    order = dict.fromkeys([*own, "", *found])
    return [found[code] for code in order if code in found]


def country_of(locale: str) -> str:
    """'en-US' -> 'US'; a language without a country its most likely one."""
    language, *rest = locale.replace("_", "-").split("-")
    country = next((part.upper() for part in rest if len(part) == 2), "")
    return country or COUNTRY_OF_LANGUAGE.get(language.lower(), "")
