"""A crisis line of the help card passes a room unmasked, whatever its form; what only resembles one is masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from wellbeing import help_lines
from wellbeing.screening import screen
from wellbeing.screening.lines import known_lines

OWN = {
    "RO": {
        "where": "România",
        "emergency": "112",
        "lines": [
            {"name": "Our own line", "number": "021 555 01 42", "note": "day and night"},
            {"name": "Our counsellors", "number": "+44 20 7946 0958", "note": "in English"},
            {"name": "A short one", "number": "3114", "note": "free"},
        ],
    }
}


def forget() -> None:
    help_lines.countries.cache_clear()
    known_lines.cache_clear()


@pytest.fixture
def own(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """The organisation's own file, as a process would read it at its start."""
    file = tmp_path / "lines.json"
    file.write_text(json.dumps(OWN), encoding="utf-8")
    settings.HELP_LINES = str(file)
    forget()
    yield file
    forget()


@pytest.mark.parametrize(
    "text",
    [
        "call samaritans - 116 123",
        "116 123 24/7",
        "Lifeline #988",
        "sună la 0800 801 200",
        "TelefonSeelsorge 0800/111 0 111!",
        "(+40 800 801 200)",
        "contul 0800 801 200",
        "zero opt zero zero opt zero unu doi zero zero",
    ],
)
def test_a_shipped_line_passes_as_people_write_it(text: str) -> None:
    assert screen(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "0722 116 123",
        "0800 801 2005",
        "0800 801 200 0722 123 456",
        "0800801200@mail.example",
        "https://mail.example/0800801200",
        "4111 1111 1111 1111 0800 801 200",
        "case #988",
        "ab-988",
    ],
)
def test_what_only_has_a_line_in_it_is_masked(text: str) -> None:
    assert screen(text).masked


LINES = ["021 555 01 42", "0215550142", "+40 21 555 01 42", "+44 20 7946 0958", "020 7946 0958", "ligne - 3114"]


@pytest.mark.parametrize("number", LINES)
def test_the_organisations_own_line_passes_and_so_do_the_shipped_ones(own: Path, number: str) -> None:
    assert screen(f"they helped me: {number}, day and night").masked == ()
    assert screen("0800 801 200").masked == ()
    assert screen("Strada Lalelelor 3114").masked == ("address",)


def test_without_such_a_file_the_same_numbers_are_phone_numbers() -> None:
    assert all(screen(f"they helped me: {number}, day and night").masked for number in LINES)


def test_a_file_that_cannot_be_read_is_said_at_the_start_and_leaves_the_shipped_lines(own: Path) -> None:
    assert [found for found in run_checks(tags=["wellbeing"]) if found.id == "wellbeing.E001"] == []
    for broken in ("no json", "{}", '{"RO": {"where": "x"}}', "[1]"):
        own.write_text(broken, encoding="utf-8")
        forget()
        assert [found.id for found in run_checks(tags=["wellbeing"])] == ["wellbeing.E001"]
        assert "US" in help_lines.countries()
