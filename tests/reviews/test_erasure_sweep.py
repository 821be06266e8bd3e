"""The sweep: what no message announced, the most urgent first, and the late ones told of."""

from datetime import timedelta

import pytest

from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.actions import erasure_sweeps
from reviews.actions.erasure_sweeps import apply_retention, drive_due, next_due, responsible_for, sweep, tell_overdue
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure
from reviews.states import ClipState
from tests.reviews.erasing import ordered, sealed_clip

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_drives_what_no_message_announced(now):
    erasures = [ordered(sealed_clip(now), now) for _ in range(3)]
    swept = sweep(clock=lambda: now)
    assert (swept.driven, swept.failed) == (3, 0)
    states = set(Erasure.objects.filter(pk__in=[e.pk for e in erasures]).values_list("state", flat=True))
    assert states == {ErasureState.CERTIFIED}


def test_the_nearest_deadline_comes_first(now):
    for _ in range(3):
        ordered(sealed_clip(now), now, reason=Reason.RETENTION_END)
    urgent = ordered(sealed_clip(now), now + timedelta(seconds=1), reason=Reason.CRITICAL_DATA)
    assert next_due(now + timedelta(seconds=2)) == urgent.pk


def test_an_urgent_order_overtakes_a_bulk_run_that_is_under_way(now, monkeypatch):
    bulk = [ordered(sealed_clip(now), now, reason=Reason.RETENTION_END) for _ in range(3)]
    driven, urgent = [], []
    real = erasure_sweeps.erase

    def watched(erasure_id, *, now):
        driven.append(erasure_id)
        if len(driven) == 1:
            urgent.append(ordered(sealed_clip(now), now, reason=Reason.CRITICAL_DATA).pk)
        return real(erasure_id, now=now)

    monkeypatch.setattr(erasure_sweeps, "erase", watched)
    drive_due(clock=lambda: now, until=now + timedelta(seconds=1))
    assert driven[1] == urgent[0]
    assert set(driven) == {erasure.pk for erasure in bulk} | set(urgent)


def test_one_that_fails_does_not_keep_the_others_waiting(now, monkeypatch):
    first, second = (ordered(sealed_clip(now), now) for _ in range(2))
    real = erasure_sweeps.erase

    def sometimes(erasure_id, *, now):
        if erasure_id == first.pk:
            Erasure.objects.filter(pk=first.pk).update(next_attempt_at=now + timedelta(minutes=1))
            raise OSError("disk full")
        return real(erasure_id, now=now)

    monkeypatch.setattr(erasure_sweeps, "erase", sometimes)
    assert drive_due(clock=lambda: now, until=now + timedelta(seconds=1)) == (2, 1)
    second.refresh_from_db()
    assert second.state == ErasureState.CERTIFIED


def test_it_stops_when_its_time_is_spent(now):
    for _ in range(3):
        ordered(sealed_clip(now), now)
    ticks = iter(now + timedelta(seconds=20 * n) for n in range(100))
    assert drive_due(clock=lambda: next(ticks), until=now + timedelta(seconds=30)) == (2, 0)


def test_what_is_kept_long_enough_is_ordered(now, settings):
    old = sealed_clip(now, ingested_at=now - timedelta(days=settings.RETENTION_DAYS + 1))
    young = sealed_clip(now)
    leased = sealed_clip(now, ingested_at=now - timedelta(days=settings.RETENTION_DAYS + 1), state=ClipState.LEASED)
    assert apply_retention(now=now) == 1
    assert Erasure.objects.get().clip_id == old.pk
    assert set(Clip.objects.filter(pk__in=[young.pk, leased.pk]).values_list("state", flat=True)) == {
        ClipState.QUEUED,
        ClipState.LEASED,
    }
    assert apply_retention(now=now) == 0


def test_a_late_one_is_told_to_the_teams_supervisors_once(reviewer, supervisor, other_supervisor, now):
    erasure = ordered(sealed_clip(now), now, actor=reviewer)
    later = now + timedelta(hours=2)
    assert tell_overdue(now=now) == 0
    assert tell_overdue(now=later) == 1
    assert tell_overdue(now=later) == 0
    assert list(Notice.objects.values_list("user", flat=True)) == [supervisor.pk]
    assert Entry.objects.filter(event="erasure.overdue", subject_id=str(erasure.pk)).count() == 1


def test_the_notice_leads_to_the_erasure_and_says_nothing_of_the_clip(client_of, reviewer, supervisor, now):
    erasure = ordered(sealed_clip(now), now, actor=reviewer)
    tell_overdue(now=now + timedelta(hours=2))
    page = client_of(supervisor).get("/notices/").content.decode()
    assert f"/erasures/{erasure.pk}/" in page
    assert str(erasure.clip_id) not in page


def test_one_that_waits_for_a_hold_is_not_late(reviewer, supervisor, now):
    erasure = ordered(sealed_clip(now), now, actor=reviewer)
    Erasure.objects.filter(pk=erasure.pk).update(state=ErasureState.WAITING)
    assert tell_overdue(now=now + timedelta(hours=2)) == 0


def test_where_no_team_ordered_it_every_supervisor_is_responsible(supervisor, other_supervisor, now):
    erasure = ordered(sealed_clip(now), now, reason=Reason.RETENTION_END)
    assert {person.pk for person in responsible_for(erasure)} == {supervisor.pk, other_supervisor.pk}


def test_the_status_check_names_no_clip(reviewer, now):
    from reviews.erasure_registrations import erasures_on_time

    assert erasures_on_time() is None
    ordered(sealed_clip(now), now - timedelta(hours=3), actor=reviewer)
    assert erasures_on_time() == "1 erasures are past their deadline"
