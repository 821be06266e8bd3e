"""Bringing a scale's texts along. The wording here is a placeholder: the scales' own is not ours to ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from project.accounts.models import User
from project.ledger.models import Entry
from wellbeing.models import Instrument
from wellbeing.questions import questions

pytestmark = pytest.mark.django_db

WHO_5: dict[str, Any] = {
    "code": "who-5",
    "title": "A scale of five",
    "attribution": "Made by somebody.",
    "terms": "Used under a licence of our own.",
    "choices": [f"answer {number}" for number in range(6)],
    "items": {f"item{number}": f"placeholder {number}" for number in range(1, 6)},
}


def write(folder: Path, content: Any, name: str = "scale.json") -> str:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def test_it_is_offered_from_then_on(tmp_path: Path) -> None:
    call_command("load_instrument", write(tmp_path, WHO_5))
    offered = {question.kind: question for question in questions()}
    assert offered["who-5"].items["item3"] == "placeholder 3"
    assert offered["who-5"].answers[5] == (5, "answer 5")
    assert "Made by somebody." in offered["who-5"].source
    assert offered["who-5"].terms == "Used under a licence of our own."


def test_toml_will_do(tmp_path: Path) -> None:
    numbers = (2, 5, 7, 9, 11, 13, 14, 23, 25, 28)
    items = "\n".join(f'item{number} = "placeholder {number}"' for number in numbers)
    head = 'code = "proqol-sts"\ntitle = "T"\nattribution = "A"\nterms = "T"\nchoices = []\n[items]\n'
    call_command("load_instrument", write(tmp_path, head + items, "scale.toml"))
    assert Instrument.objects.get().code == "proqol-sts"


def test_twice_replaces_the_texts(tmp_path: Path) -> None:
    call_command("load_instrument", write(tmp_path, WHO_5))
    call_command("load_instrument", write(tmp_path, {**WHO_5, "title": "Better"}))
    assert Instrument.objects.get().title == "Better"


def test_the_ledger_knows(tmp_path: Path) -> None:
    call_command("load_instrument", write(tmp_path, WHO_5))
    assert Entry.objects.get().event == "instrument.loaded"


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "made-up"},
        {"items": {"item1": "only one"}},
        {"items": {**WHO_5["items"], "item6": "one too many"}},
        {"items": {**WHO_5["items"], "item1": "x" * 1001}},
        {"choices": ["too", "few"]},
        {"attribution": ""},
        {"terms": 5},
        {"more": "unknown"},
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        call_command("load_instrument", write(tmp_path, {**WHO_5, **changed}))
    assert not Instrument.objects.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "[" * 50_000, "x" * 70_000])
def test_a_file_that_is_no_instrument_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(CommandError):
        call_command("load_instrument", write(tmp_path, content))


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path, reviewer: User) -> None:
    with pytest.raises(CommandError, match=r"gone\.json"):
        call_command("load_instrument", str(tmp_path / "gone.json"))
