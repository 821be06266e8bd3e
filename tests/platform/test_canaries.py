"""The watch over the suite's output sees what it is for."""

from __future__ import annotations

import uuid

import pytest

from tests import canaries

pytestmark = pytest.mark.django_db


def test_what_a_test_seals_is_remembered():
    from project import vault

    number = uuid.uuid4()
    vault.create_key(number, "case")
    vault.seal_text(number, "somewhere", "a secret that nobody may print")
    assert "a secret that nobody may print" in canaries._sealed


def test_values_of_sealed_json_count_and_short_words_do_not():
    assert set(canaries.told_by('{"ref": "a long reference", "list": ["another one"], "n": 7, "s": "short"}')) == {
        "a long reference",
        "another one",
    }


def test_a_leak_is_found_where_it_stands():
    sections = [("call", "stdout", "fine"), ("call", "log", "INFO said: a long reference")]
    assert canaries.leaks(sections, {"a long reference"}) == ["call log"]
    assert canaries.leaks(sections, {"something else"}) == []


LEAKING = """
from tests import canaries
def test_leaks():
    canaries._sealed.add("words that must stay inside")
    print("words that must stay inside")
def test_a_process_leaks(tmp_path):
    canaries._sealed.add("words that must stay inside")
    (tmp_path / "worker.log").write_text("it said: words that must stay inside")
def test_nothing_leaks(tmp_path):
    canaries._sealed.add("words that must stay inside")
    (tmp_path / "worker.log").write_text("it said nothing")
"""


def test_a_test_that_prints_what_it_sealed_fails(tmp_path):
    """In a run of its own: a whole session with services, as `make test` has them."""
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    place = root / "tests" / "platform" / f"test_leaks_{uuid.uuid4().hex[:8]}.py"
    place.write_text(LEAKING)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n0", str(place)],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=110,
        )
    finally:
        place.unlink()
    assert done.returncode == 1
    assert "3 passed, 2 errors" in done.stdout  # at their end, when everything is written
    assert "file worker.log. Nothing may print content" in done.stdout
