"""What must not be able to reach what: pace knows nothing of check-ins, and nothing here knows of clips."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from project.accounts.models import User
from reviews.actions.leases import claim
from reviews.actions.pacing import standing_of
from reviews.actions.shifts import start_shift
from wellbeing.actions.checkins import check_in
from wellbeing.actions.exposure import note_sound
from wellbeing.models import Break, CheckIn, Heard, Offer, WellbeingPreferences, WorkingDay

ROOT = Path(settings.BASE_DIR)
PACE = ("wellbeing/pace.py", "wellbeing/day.py", "wellbeing/limits.py", "wellbeing/actions/pace.py")
PURE = (
    "wellbeing/handling.py", "wellbeing/opening.py", "wellbeing/presence.py",
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


@pytest.mark.django_db
@pytest.mark.parametrize("score", [0, 7, 10])
def test_no_check_in_changes_what_somebody_is_offered_nor_is_one_read(
    score: int, reviewer: User, now: datetime
) -> None:
    """The same questions of pace, exposure and queue, before and after answers that could not be worse."""
    shift = start_shift(acting_user=reviewer, now=now)
    note_sound(reviewer.pk, uuid4(), served_ms=60_000, severity=2, now=now)
    before = standing_of(reviewer, shift, now=now)
    for _ in range(3):
        check_in("distress", {"distress": score}, acting_user=reviewer, now=now)
    with CaptureQueriesContext(connection) as asked:
        assert standing_of(reviewer, shift, now=now) == before
        note_sound(reviewer.pk, uuid4(), served_ms=1000, severity=2, now=now)
        claim(acting_user=reviewer, now=now)
    statements = [str(one["sql"]).lower() for one in asked.captured_queries]
    assert any("wellbeing_workingday" in statement for statement in statements)
    forbidden = ("checkin", "offer", "personalkey", "instrument")
    assert not [statement for statement in statements if any(word in statement for word in forbidden)]


SUPERVISORS = ("reviews/views/plans.py", "reviews/views/queue.py", "reviews/api/plans.py", "reviews/api/queue.py",
               "reviews/actions/plans.py", "reviews/actions/queues.py", "reviews/plan_access.py",
               "reviews/week_pictures.py", "wellbeing/views/insights.py", "wellbeing/api/insights.py")  # fmt: skip
OF_A_PERSONS_DAY = (
    "Heard", "WorkingDay", "Break", "WellbeingPreferences", "CheckIn", "exposure_of", "week_of", "day_of", "pace_for",
    "standing_of", "preferences_of", "preferences_for", "limits_of", "rules_of",
)  # fmt: skip


@pytest.mark.parametrize("path", SUPERVISORS)
def test_what_supervisors_see_is_made_without_anybodys_day(path: str) -> None:
    """No page or API of theirs can rank people, for it has nothing of theirs to rank them by."""
    names = {name.rpartition(".")[2] for name in imports_of(path)}
    assert not names & set(OF_A_PERSONS_DAY)
    assert not re.search(r"annotate\([^)]*(Count|Sum|Avg)\([^)]*\bperson", (ROOT / path).read_text())


def test_nobody_is_ordered_by_what_they_did() -> None:
    """No query of people, shifts or plans is sorted by a count, an exposure or a speed, anywhere."""
    ranks = re.compile(r"order_by\([^)]*(clips_used|sound_ms|heavy_ms|heard_ms|weighted_ms|work_ms|duration)[^)]*\)")
    for app in ("reviews", "wellbeing", "escalations", "project"):
        for path in (ROOT / app).rglob("*.py"):
            found = ranks.search(path.read_text())
            assert not found, f"{path}: {found.group() if found else ''}"
