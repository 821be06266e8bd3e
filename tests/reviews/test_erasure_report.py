"""The monthly report: counted by the month of the order and by reason, late ones named, held ones apart; as files."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from reviews.erasure_report import monthly, said
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Erasure, Flag, Lease, Review, Shift
from reviews.states import FlagKind
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
    return Erasure.objects.create(clip=clip, vault_id=clip.vault_id, **{"reason": Reason.CRITICAL_DATA, **columns})


def flag_of(clip, person, at):
    shift = Shift.objects.create(person=person, started_at=at, ends_at=at + timedelta(hours=1), max_clips=9)
    lease = Lease.objects.create(
        clip=clip,
        shift=shift,
        person=person,
        state="reviewed",
        claimed_at=at,
        expires_at=at + timedelta(minutes=9),
        ended_at=at,
    )
    review = Review.objects.create(
        clip=clip, lease=lease, person=person, reviewed_at=at, activation="right", severity=1
    )
    Flag.objects.create(clip=clip, review=review, kind=FlagKind.CRITICAL, category="phone", raised_at=at)


def test_it_counts_by_month_and_says_what_was_late():
    for seconds in (1, 2, 3):
        erased(NOW, seconds)
    erased(NOW, 7200)
    erased(NOW - timedelta(days=40), 5, attempts=3)
    november, _, october, _ = monthly(Erasure.objects.all(), NOW + timedelta(days=1))
    assert (november.month.month, november.ordered, november.on_time, november.late) == (11, 4, 3, 1)
    assert (october.month.month, october.ordered, october.late, october.repeated) == (10, 1, 0, 1)
    assert november.shredded_median == timedelta(seconds=2.5)


def test_what_a_hold_delays_is_held_and_neither_late_nor_slow():
    erased(NOW, 1)
    erased(NOW, 864_000, waiting_since=NOW, due_at=NOW + timedelta(days=30))
    month, _ = monthly(Erasure.objects.all(), NOW + timedelta(days=20))
    assert (month.held, month.late, month.shredded_p99) == (1, 0, timedelta(seconds=1))


def test_an_open_one_past_its_deadline_is_late():
    _order(ordered_at=NOW, due_at=NOW, next_attempt_at=NOW)
    month, _ = monthly(Erasure.objects.all(), NOW + timedelta(hours=2))
    assert (month.open, month.late, month.shredded_median) == (1, 1, None)


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


def test_each_reason_has_its_own_line_below_the_months():
    erased(NOW, 1)
    erased(NOW, 3, reason=Reason.RETENTION_END, due_at=NOW)
    said_of = {line.reason: line for line in monthly(Erasure.objects.all(), NOW + timedelta(days=1))}
    assert list(said_of) == ["all", "critical_data", "retention_end"]
    assert (said_of["all"].ordered, said_of["critical_data"].late, said_of["retention_end"].late) == (2, 0, 1)
    assert said_of["retention_end"].shredded_median == timedelta(seconds=3)


def test_what_fails_is_counted_until_it_is_done_and_what_was_taken_back_is_neither_open_nor_late():
    _order(ordered_at=NOW, due_at=NOW + timedelta(hours=1), next_attempt_at=NOW, last_error_code="vault", attempts=2)
    erased(NOW, 5, attempts=2)
    _order(ordered_at=NOW, due_at=NOW, next_attempt_at=NOW, state=ErasureState.WITHDRAWN, withdrawn_at=NOW)
    month, _ = monthly(Erasure.objects.all(), NOW + timedelta(minutes=5))
    assert (month.ordered, month.failing, month.repeated, month.open, month.late) == (3, 1, 2, 1, 0)


def test_the_times_begin_with_the_flag(reviewer, now):
    """Through the product: the flag's order is in its own transaction, so nothing lies between them."""
    flagged = erased(NOW, 4)
    flag_of(flagged.clip, reviewer, NOW)
    month, _ = monthly(Erasure.objects.all(), NOW + timedelta(days=1))
    assert (month.unplayable_median, month.shredded_median) == (timedelta(), timedelta(seconds=4))
    Flag.objects.update(raised_at=NOW - timedelta(seconds=2))  # as though the order had come later
    month, _ = monthly(Erasure.objects.all(), NOW + timedelta(days=1))
    assert (month.unplayable_p99, month.shredded_p99) == (timedelta(seconds=2), timedelta(seconds=6))


def test_it_comes_as_csv_and_json_with_the_same_figures(client_of, api_of, auditor):
    erased(NOW, 90)
    client = client_of(auditor)
    rows = list(csv.DictReader(io.StringIO(client.get("/erasures/report.csv").content.decode())))
    assert [(row["month"], row["reason"]) for row in rows] == [("2026-11", "all"), ("2026-11", "critical_data")]
    assert rows[0]["shredded_p99_seconds"] == "90.0"
    file = client.get("/erasures/report.json")
    assert "attachment" in file["Content-Disposition"]
    assert file.json() == api_of(auditor).get("/api/v1/erasures/report/").json()
    assert {key: str(value) for key, value in file.json()[0].items()} == rows[0]
