"""The sweep: what no message announced, the most urgent first, and the late ones told of."""

from datetime import timedelta

import pytest

from project import vault
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.actions import erasure_sweeps, shredding
from reviews.actions.erasure_runs import apply_retention, progress_of
from reviews.actions.erasure_sweeps import drive_due, responsible_for, sweep, tell_overdue
from reviews.actions.erasures import claim, drive
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure, ErasureRun
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
    assert claim(now=now + timedelta(seconds=2)).ids == [urgent.pk]


def test_urgent_ones_come_before_bulk_that_is_due_sooner(now):
    for _ in range(2):
        ordered(sealed_clip(now), now - timedelta(days=4), reason=Reason.RETENTION_END)
    urgent = ordered(sealed_clip(now), now, reason=Reason.ACCIDENTAL)
    assert claim(now=now).ids == [urgent.pk]


def test_an_urgent_order_overtakes_a_bulk_run_that_is_under_way(now, monkeypatch):
    bulk = [ordered(sealed_clip(now), now, reason=Reason.RETENTION_END) for _ in range(3)]
    driven, urgent = [], []

    def one_by_one(*, clock):
        done = drive(clock=clock, most=1)
        driven.extend(done.ids)
        if len(driven) == 1:
            urgent.append(ordered(sealed_clip(now), now, reason=Reason.CRITICAL_DATA).pk)
        return done

    monkeypatch.setattr(erasure_sweeps, "drive", one_by_one)
    drive_due(clock=lambda: now, until=now + timedelta(seconds=1))
    assert driven[1] == urgent[0]
    assert set(driven) == {erasure.pk for erasure in bulk} | set(urgent)


def test_a_message_takes_along_others_that_are_as_urgent_and_no_bulk(now):
    told, other = (ordered(sealed_clip(now), now) for _ in range(2))
    bulk = ordered(sealed_clip(now), now, reason=Reason.RETENTION_END)
    assert set(drive(clock=lambda: now, first=told.pk).ids) == {told.pk, other.pk}
    assert drive(clock=lambda: now, first=told.pk).ids == [], "a message that comes late finds it done"
    bulk.refresh_from_db()
    assert bulk.state == ErasureState.ORDERED


def test_one_whose_bytes_can_not_be_deleted_does_not_keep_the_others_waiting(now, monkeypatch):
    erasures = [ordered(sealed_clip(now), now) for _ in range(5)]
    stuck = erasures[2]
    real = vault.delete_blobs

    def refuse(vault_ids):
        if stuck.vault_id in vault_ids:
            raise vault.StoreFault("the file is busy")
        real(vault_ids)

    with monkeypatch.context() as patched:
        patched.setattr(shredding, "delete_bytes", refuse)
        assert drive_due(clock=lambda: now, until=now + timedelta(seconds=1)) == (5, 1)
    states = dict(Erasure.objects.values_list("pk", "state"))
    assert states.pop(stuck.pk) == ErasureState.SHREDDING
    assert set(states.values()) == {ErasureState.CERTIFIED}
    stuck.refresh_from_db()
    assert (stuck.last_error_code, stuck.leased_until) == ("blob-store-or-ring", None)
    assert drive_due(clock=lambda: stuck.next_attempt_at, until=now + timedelta(minutes=5)) == (1, 0)


def test_a_store_that_refuses_everything_is_not_asked_for_each_of_them(now, monkeypatch):
    for _ in range(8):
        ordered(sealed_clip(now), now)
    asked = []

    def refuse(vault_ids):
        asked.append(list(vault_ids))
        raise vault.StoreFault("no route to host")

    monkeypatch.setattr(shredding, "delete_bytes", refuse)
    assert drive_due(clock=lambda: now, until=now + timedelta(seconds=1)) == (8, 8)
    assert [len(ids) for ids in asked] == [8, 1, 1, 1]
    assert set(Erasure.objects.values_list("last_error_code", flat=True)) == {"blob-store-or-ring"}


def test_what_failed_for_a_reason_nobody_expected_is_tried_alone(now):
    odd, plain, later = (ordered(sealed_clip(now), now + timedelta(seconds=n)) for n in range(3))
    Erasure.objects.filter(pk=odd.pk).update(last_error_code="unexpected:ValueError")
    soon = now + timedelta(seconds=5)
    assert claim(now=soon).ids == [odd.pk]
    assert claim(now=soon).ids == [plain.pk, later.pk]


def test_it_stops_when_its_time_is_spent(now, monkeypatch):
    for _ in range(3):
        ordered(sealed_clip(now), now)
    monkeypatch.setattr(erasure_sweeps, "drive", lambda *, clock: drive(clock=lambda: now, most=1))
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
    run = ErasureRun.objects.get()
    assert (run.reason, run.all_ordered_at) == (Reason.RETENTION_END, now)
    assert (progress_of(run, now).ordered, progress_of(run, now).percent) == (1, 0)
    sweep(clock=lambda: now)
    assert (progress_of(run, now).percent, progress_of(run, now).is_over) == (100, True)


def test_a_run_that_is_late_is_told_of_once_whatever_its_size(supervisor, other_supervisor, now, settings):
    for _ in range(3):
        sealed_clip(now, ingested_at=now - timedelta(days=settings.RETENTION_DAYS + 1))
    apply_retention(now=now)
    later = now + timedelta(days=4)
    assert tell_overdue(now=later) == 1
    assert tell_overdue(now=later) == 0
    assert set(Notice.objects.values_list("code", flat=True)) == {"erasure-run-overdue"}
    assert Notice.objects.count() == 2


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
