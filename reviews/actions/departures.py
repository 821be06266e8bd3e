"""When an account is closed: what is on its desk goes back to the queue, and its shift is over."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from project.accounts.models import User
from reviews.actions.returns import give_back_all
from reviews.actions.shifts import end_locked
from reviews.models import Shift
from reviews.states import ShiftState


def hand_back(person: User, now: datetime) -> None:
    """By nobody's act but the service's. What a crash leaves here is found by the sweeps of leases and shifts."""
    give_back_all(person, actor=None, now=now)
    with transaction.atomic(durable=True):
        live = Shift.objects.select_for_update(no_key=True).filter(~Q(state=ShiftState.ENDED), person=person)
        for shift in live:
            end_locked(shift, actor=None, now=now)
