"""The papers keep what they promise: what they name is there, and what is made from code is current."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from reviews.retention_table import put_into

ROOT = Path(settings.BASE_DIR)
NAMED = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")
WITH_TESTS = ("docs/asvs.md", "docs/threat-model.md", "docs/privacy.md", "docs/access.md", "SECURITY.md")
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; those of level 3 come after them.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
STATES = ("met", "partly", "open", "operator", "not applicable")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@cache
def names_in(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    return frozenset(node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef))


def is_there(path: str, name: str) -> bool:
    return (ROOT / path).is_file() and (not name or name in names_in(path))


@pytest.mark.parametrize("paper", WITH_TESTS)
def test_every_test_that_a_paper_names_is_there(paper: str) -> None:
    named = NAMED.findall((ROOT / paper).read_text())
    assert [f"{path}::{name}" for path, name in named if not is_there(path, name)] == []


def test_the_papers_do_name_tests() -> None:
    """If this fails, the test above proves nothing."""
    assert len(NAMED.findall((ROOT / "docs/asvs.md").read_text())) > 100
    assert names_in("tests/test_papers.py") > {"test_the_papers_do_name_tests"}
    assert names_in("tests/nothing_here.py") == frozenset()


def test_every_requirement_of_the_two_levels_stands_there_once() -> None:
    rows = ROW.findall((ROOT / "docs/asvs.md").read_text())
    expected = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
    assert [row[0] for row in rows] == expected
    assert len(expected) == 253


def test_the_figures_of_the_page_are_those_of_its_rows() -> None:
    page = (ROOT / "docs/asvs.md").read_text()
    states = Counter(state for _, _, state, _, _ in ROW.findall(page))
    assert set(states) <= set(STATES)
    figures = " | ".join(str(states[state]) for state in STATES)
    assert f"| {figures} |" in page


def test_what_is_met_says_by_what() -> None:
    for number, _, state, by, _ in ROW.findall((ROOT / "docs/asvs.md").read_text()):
        assert len(by.strip()) > 3, f"{number} ({state})"


def test_the_table_of_retention_is_what_the_code_keeps_to() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()
    assert page == put_into(page), "manage.py retention --write"
