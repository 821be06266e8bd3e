"""Crisis lines that the help card shows: whoever passes one on to a colleague is not cut off.

The shipped ones are known by themselves; those of the organisation are asked for once, when the first message comes.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import phonenumbers

from wellbeing.screening.spans import FILLER

Numbers = Iterable[tuple[str, str]]  # country code ("" for none), number as it is shown
SHIPPED: Final = Path(__file__).parent.parent / "data" / "help_lines.json"
LONG: Final = 6  # digits from which a number standing by itself is nothing else: shorter ones may be a house's
SHORTEST: Final = 3
_sources: list[Callable[[], Numbers]] = []

# Digits by themselves, in brackets or before a full stop: neither within a link nor before an @.
ALONE = re.compile(r"(?<![^\s(\[\"':;,])\+?\(?\d(?:[ .\-/()]{0,2}\d){2,}(?![^\s.,;:!?)\]\"'])(?![.,]\w)")
AT_ALL_HOURS = re.compile(r"(?<!\S)24 ?/ ?7\b")


def ask_for_lines(source: Callable[[], Numbers]) -> None:
    """Whom to ask for the organisation's own lines."""
    _sources.append(source)
    known_lines.cache_clear()


@cache
def known_lines() -> frozenset[str]:
    """The digits of every line, as they are dialled in their country and from outside."""
    numbers = [*_shipped(), *(one for source in _sources for one in source())]
    return frozenset(digits for country, number in numbers for digits in _dialled(country, number))


def _shipped() -> Iterator[tuple[str, str]]:
    for country, row in json.loads(SHIPPED.read_text(encoding="utf-8")).items():
        yield from ((country, line["number"]) for line in row["lines"])


def _dialled(country: str, number: str) -> Iterator[str]:
    """One number's forms; one that no network could have given out has only the form that it is shown in."""
    shown = _digits(number)
    if len(shown) < SHORTEST:
        return
    yield shown
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return
    abroad = f"{parsed.country_code}{phonenumbers.national_significant_number(parsed)}"
    yield from (abroad, f"00{abroad}")
    yield _digits(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))


def without_lines(text: str) -> str:
    """The text with the lines that stand in it filled; every position stays what it was."""
    seen = AT_ALL_HOURS.sub(lambda match: FILLER * len(match.group()), text)
    for match in ALONE.finditer(seen):
        digits = _digits(match.group())
        if len(digits) >= LONG and digits in known_lines():
            text = f"{text[: match.start()]}{FILLER * len(match.group())}{text[match.end() :]}"
    return text


def is_line(said: str) -> bool:
    """Whether the digits in these words are a line's, and nothing else."""
    return _digits(said) in known_lines()


def _digits(said: str) -> str:
    return "".join(filter(str.isdigit, said))
