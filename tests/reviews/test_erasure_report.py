"""The monthly report: counted by the month of the order, late ones named, held ones apart."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.erasure_report import monthly, said
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Erasure
from tests.reviews.erasing import sealed_clip

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def erased(ordered_at, seconds, **columns):
    """A certified erasure whose key was destroyed after so many seconds."""
    gone = ordered_at + timedelta(seconds=seconds)
    given = {
        "state": ErasureState.CERTIFIED, "ordered_at": ordered_at, "due_at": ordered_at + timedelta(hours=1),
        "next_attempt_at": ordered_at, "no_return_at": gone, "key_destroyed_at": gone, "bytes_deleted_at": gone,
        "verified_at": gone, "certified_at": gone, "attempts": 1,
    }  # fmt: skip
    return _order(**{**given, **columns})


def _order(**columns):
    clip = sealed_clip(columns["ordered_at"])
    return Erasure.objects.create(clip=clip, vault_id=clip.vault_id, reason=Reason.CRITICAL_DATA, **columns)


def test_it_counts_by_month_and_says_what_was_late():
    for seconds in (1, 2, 3):
        erased(NOW, seconds)
    erased(NOW, 7200)
    erased(NOW - timedelta(days=40), 5, attempts=3)
    november, october = monthly(Erasure.objects.all(), NOW + timedelta(days=1))
    assert (november.month.month, november.ordered, november.on_time, november.late) == (11, 4, 3, 1)
    assert (october.month.month, october.ordered, october.late, october.repeated) == (10, 1, 0, 1)
    assert november.median == timedelta(seconds=2.5)


def test_what_a_hold_delays_is_held_and_neither_late_nor_slow():
    erased(NOW, 1)
    erased(NOW, 864_000, waiting_since=NOW, due_at=NOW + timedelta(days=30))
    (month,) = monthly(Erasure.objects.all(), NOW + timedelta(days=20))
    assert (month.held, month.late, month.p99) == (1, 0, timedelta(seconds=1))


def test_an_open_one_past_its_deadline_is_late():
    _order(ordered_at=NOW, due_at=NOW, next_attempt_at=NOW)
    (month,) = monthly(Erasure.objects.all(), NOW + timedelta(hours=2))
    assert (month.open, month.late, month.median) == (1, 1, None)


@pytest.mark.parametrize(
    ("took", "words"),
    [(None, "none yet"), (timedelta(seconds=0.25), "0.2 s"), (timedelta(seconds=90), "1.5 min"),
     (timedelta(hours=5), "5.0 h")],
)  # fmt: skip
def test_times_are_said_in_the_unit_that_fits(took, words):
    assert said(took) == words


def test_the_page_shows_it_to_an_auditor(client_of, auditor):
    assert "Nothing to report" in client_of(auditor).get("/erasures/report/").content.decode()
    erased(NOW, 90)
    page = client_of(auditor).get("/erasures/report/").content.decode()
    assert "November 2026" in page
    assert "1.5 min" in page
