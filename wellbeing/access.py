"""Fetch and permission in one. What is one person's own is fetched by that person only; absent and foreign are one."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from project.accounts.models import Team, User
from project.problems import Absent
from wellbeing.models import CheckIn, Instrument, Offer, Share, WellbeingPreferences

T = TypeVar("T")


def opted_out_categories(person_id: UUID) -> frozenset[str]:
    """What the queue leaves out for this person. Nothing else may show it: no page, log or metric of anybody else."""
    row = WellbeingPreferences.objects.filter(pk=person_id).values_list("opt_out", flat=True).first()
    return frozenset(row or ())


def check_in_of(user: User, check_in_id: UUID) -> CheckIn:
    return _own(CheckIn.objects.filter(person=user, pk=check_in_id).first())


def share_of(user: User, share_id: UUID) -> Share:
    return _own(Share.objects.filter(person=user, pk=share_id).first())


def offer_of(user: User, offer_id: UUID) -> Offer:
    return _own(Offer.objects.filter(person=user, pk=offer_id, closed_at=None).first())


def instrument(code: str) -> Instrument:
    return _own(Instrument.objects.filter(pk=code).first())


def supervised_teams(user: User) -> list[Team]:
    return list(user.supervised_teams.order_by("name"))


def _own(found: T | None) -> T:
    if found is None:
        raise Absent
    return found
