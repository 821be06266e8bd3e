"""When an account is closed, its clips queue again and its shift is over."""

from __future__ import annotations

import pytest

from project.accounts.actions.accounts import deactivate
from project.accounts.models import User
from reviews.actions.returns import return_expired
from reviews.models import Clip, Lease, Shift

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_on_the_desk_goes_back_at_once(lease, administrator, now):
    deactivate(lease.person_id, acting_user=administrator, now=now)
    assert Lease.objects.get().state == "released"
    assert Clip.objects.get().state == "queued"
    assert Shift.objects.get().state == "ended"


def test_nobody_is_said_to_have_handed_it_back(lease, administrator, now, events):
    from project.ledger.models import Entry

    deactivate(lease.person_id, acting_user=administrator, now=now)
    assert Entry.objects.get(event="lease.released").actor_id is None


def test_what_a_crash_left_there_the_sweep_gives_back(lease, now):
    User.objects.filter(pk=lease.person_id).update(is_active=False)
    assert return_expired(now=now) == 1
    assert Clip.objects.get().state == "queued"


def test_the_sweep_leaves_others_alone(lease, now):
    assert return_expired(now=now) == 0
    assert Lease.objects.get().state == "live"


def test_twice_changes_nothing_more(lease, administrator, now, events):
    deactivate(lease.person_id, acting_user=administrator, now=now)
    before = events()
    deactivate(lease.person_id, acting_user=administrator, now=now)
    assert events() == before
