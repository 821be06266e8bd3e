"""A hold delays an erasure, is the only thing that can, and when it ends the erasure goes on by itself."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections, transaction

from escalations.actions.case_retention import attend
from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.holds import TooLate, end_flags_hold
from escalations.models import Case, Exhibit, Export, Hold
from project import vault
from project.ledger.models import Entry
from reviews.actions.erasure_sweeps import order_for_cases_over, sweep
from reviews.actions.erasures import claim, erase
from reviews.erasure_errors import NotErased
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure
from reviews.states import ClipState
from tests.reviews.erasing import key_is_there, ordered, sealed_clip

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clip(now):
    return sealed_clip(now)


def held(clip, reviewer, now):
    case_id = prepare_case_key()
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk).exclude(state__in=["erasing", "erased"]).update(state=ClipState.QUARANTINED)
        return open_case(
            clip.pk, reporter=reviewer, category="violence", danger_now=False, start_ms=None, end_ms=None, note=None,
            now=now, case_id=case_id,
        )  # fmt: skip


def let_go(case, actor, now):
    """Ends the flag's hold as a two-person dismissal does."""
    with transaction.atomic():
        end_flags_hold(case, Hold.Ending.DISMISSED, actor=actor, now=now)
        Exhibit.objects.filter(case=case).update(released_at=now)


def test_a_held_clip_waits_and_its_key_lives(clip, reviewer, supervisor, now):
    held(clip, reviewer, now)
    erasure = ordered(clip, now, actor=reviewer)
    assert erase(erasure.pk, now=now) == ErasureState.WAITING
    assert key_is_there(clip.pk)
    assert Entry.objects.filter(event="erasure.waiting", subject_id=str(erasure.pk)).count() == 1


def test_waiting_costs_no_attempts_and_says_so_once(clip, reviewer, supervisor, now):
    held(clip, reviewer, now)
    erasure = ordered(clip, now, actor=reviewer)
    for minute in range(5):
        sweep(clock=lambda minute=minute: now + timedelta(minutes=minute))
    erasure.refresh_from_db()
    assert (erasure.state, erasure.attempts) == (ErasureState.WAITING, 1)
    assert Entry.objects.filter(event="erasure.waiting").count() == 1


def test_when_the_hold_ends_it_goes_on_with_a_new_deadline(clip, reviewer, supervisor, now):
    case = held(clip, reviewer, now)
    erasure = ordered(clip, now, actor=reviewer)
    erase(erasure.pk, now=now)
    later = now + timedelta(days=3)
    assert claim(now=later).ids == []
    let_go(case, supervisor, later)
    assert sweep(clock=lambda: later).driven == 1
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.CERTIFIED
    assert timedelta(0) <= erasure.due_at - (later + timedelta(hours=1)) < timedelta(minutes=1)


def test_a_hold_after_the_point_of_no_return_is_refused_as_too_late(clip, reviewer, supervisor, now):
    erasure = ordered(clip, now, actor=reviewer)
    erase(erasure.pk, now=now)
    with pytest.raises(TooLate):
        held(clip, reviewer, now)


def test_a_clip_whose_case_is_over_is_erased(clip, reviewer, supervisor, now):
    case = held(clip, reviewer, now)
    assert order_for_cases_over(now=now) == 0
    let_go(case, supervisor, now)
    assert order_for_cases_over(now=now) == 1
    assert order_for_cases_over(now=now) == 0
    assert Erasure.objects.get().reason == Reason.CASE_OVER


def test_a_retention_that_ends_does_not_touch_what_a_case_needs(clip, reviewer, supervisor, now, settings):
    from reviews.actions.erasure_runs import apply_retention

    held(clip, reviewer, now)
    Clip.objects.filter(pk=clip.pk).update(ingested_at=now - timedelta(days=settings.RETENTION_DAYS + 1))
    assert apply_retention(now=now) == 0


def test_an_exports_file_that_still_opens_stands_in_the_way_of_the_certificate(
    clip, reviewer, supervisor, legal, other_legal, now
):
    case = held(clip, reviewer, now)
    export = Export.objects.create(
        case=case, state=Export.State.COLLECTED, profile="internal", recipients=["age1x"], proposed_by=legal,
        proposed_at=now, approved_by=other_legal, approved_at=now,
    )  # fmt: skip
    vault.create_key(export.pk, "export")
    let_go(case, supervisor, now)
    order_for_cases_over(now=now)
    erasure = Erasure.objects.get()
    with pytest.raises(NotErased, match="exports"):
        erase(erasure.pk, now=now)
    vault.shred_key(export.pk, now=now)
    assert erase(erasure.pk, now=now + timedelta(minutes=1)) == ErasureState.CERTIFIED


def test_a_case_whose_time_is_over_loses_its_evidence_also_when_the_sweep_is_killed(
    clip, reviewer, supervisor, legal, now
):
    """The backend of the first sweep is killed with its work half done; the next one does all of it."""
    case = held(clip, reviewer, now)
    ended = now - timedelta(days=400)
    Case.objects.filter(pk=case.pk).update(state="closed", ended_at=ended, referred_at=ended)
    Exhibit.objects.filter(case=case).update(released_at=ended)
    Hold.objects.update(owner=legal, review_at=ended)
    done: list[str] = []
    with transaction.atomic():
        Hold.objects.select_for_update().get(case=case)
        thread = threading.Thread(target=lambda: done.append(_attended(case.pk, now)))
        thread.start()
        until(lambda: _kill_what_waits() or done)
        thread.join(timeout=60)
    assert done == ["OperationalError"]
    assert (Case.objects.get().retired_at, order_for_cases_over(now=now)) == (None, 0)
    assert [attend(case.pk, now=now), attend(case.pk, now=now)] == [True, False]
    assert [order_for_cases_over(now=now), order_for_cases_over(now=now)] == [1, 0]
    assert sweep(clock=lambda: now).driven == 1
    assert Erasure.objects.get().state == ErasureState.CERTIFIED
    assert not key_is_there(clip.pk)
    events = list(Entry.objects.filter(event__in=["case.opened", "case.retired", "erasure.certified"]).order_by("pk"))
    assert [entry.event for entry in events] == ["case.opened", "case.retired", "erasure.certified"]


def _attended(case_id, now):
    try:
        attend(case_id, now=now)
    except OperationalError as error:
        return type(error).__name__
    finally:
        connections.close_all()
    return "finished"


def _kill_what_waits():
    """Ends the one backend that waits for this transaction, as a machine that goes down would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks "
            "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0]


def until(ask, seconds=60):
    """The first answer that is not nothing, asked again and again."""
    ends = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < ends:
        time.sleep(0.02)
    return answer
