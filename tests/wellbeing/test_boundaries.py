"""What must not be able to reach what: pace knows nothing of check-ins, and nothing here knows of clips."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from wellbeing.models import Break, CheckIn, Heard, Offer, WellbeingPreferences, WorkingDay

ROOT = Path(settings.BASE_DIR)
PACE = ("wellbeing/pace.py", "wellbeing/day.py", "wellbeing/limits.py", "wellbeing/actions/pace.py")
PURE = (
    "wellbeing/pace.py", "wellbeing/day.py", "wellbeing/limits.py", "wellbeing/insights.py",
    "wellbeing/instruments.py", "wellbeing/instrument_files.py", "wellbeing/pictures.py",
)  # fmt: skip


def imports_of(path: str) -> set[str]:
    """Every module and name that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def reached_from(path: str) -> set[str]:
    """What a file imports of wellbeing, and what those files import in turn, models aside."""
    seen: set[str] = set()
    names: set[str] = set()
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here in seen or not (ROOT / here).exists():
            continue
        seen.add(here)
        imported = imports_of(here)
        names |= imported
        waiting += [name.rpartition(".")[0].replace(".", "/") + ".py" for name in imported if "wellbeing." in name]
    return names


@pytest.mark.parametrize("path", PACE)
def test_pace_never_reads_a_check_in(path: str) -> None:
    forbidden = ("checkin", "check_in", "instrument", "offer", "personalkey", "insight", "questions")
    assert not [name for name in reached_from(path) if any(word in name.lower() for word in forbidden)]


def test_the_queue_never_reads_a_check_in() -> None:
    for path in (ROOT / "reviews").rglob("*.py"):
        if "demo" not in path.parts:
            names = imports_of(str(path.relative_to(ROOT)))
            assert not [name for name in names if "CheckIn" in name or "checkins" in name], path


@pytest.mark.parametrize("path", PURE)
def test_pure_rules_know_no_database(path: str) -> None:
    assert not [name for name in imports_of(path) if name.startswith(("django", "project", "wellbeing.models"))]


@pytest.mark.parametrize("model", [Break, CheckIn, Heard, Offer, WellbeingPreferences, WorkingDay])
def test_nothing_personal_is_in_the_admin(model: type) -> None:
    from django.contrib import admin

    assert model not in admin.site._registry


def test_no_other_app_points_at_a_persons_own_rows() -> None:
    own = {Break, CheckIn, Heard, Offer, WellbeingPreferences, WorkingDay}
    for model in apps.get_models():
        pointed = {field.related_model for field in model._meta.get_fields() if field.is_relation and field.concrete}
        assert not pointed & own, model
