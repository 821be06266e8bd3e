"""Which erasures and certificates a person may read. Absent and forbidden are one answer: Absent, 404.

An auditor reads all of them. A supervisor reads those that their team ordered, and those that no team did (retention,
a data subject's request): somebody has to see that they are late. Legal reads the certificates of clips that were
evidence in a case which concerns legal. A service account reads the requests that it made itself.
"""

from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from escalations.access import cases_for
from escalations.models import Exhibit
from project.accounts.access import Role
from project.accounts.models import User
from project.problems import Absent
from reviews.erasure_states import Stage
from reviews.models import Certificate, Erasure, ErasureRun, SubjectErasure
from reviews.models.erasures import ErasureQuerySet

T = TypeVar("T")


def erasures_of(user: User) -> ErasureQuerySet:
    """Every erasure whose state this person may read."""
    if not user.is_active:
        return Erasure.objects.none()
    if user.has_role(Role.AUDITOR):
        return Erasure.objects.all()
    if user.has_role(Role.SUPERVISOR):
        own = user.supervised_teams.values("pk")
        return Erasure.objects.filter(Q(team__in=own) | Q(team=None))
    return Erasure.objects.none()


def erasure_for(user: User, erasure_id: UUID) -> Erasure:
    """The erasure, if this person may read its state. Raises Absent."""
    return _or_absent(erasures_of(user).select_related("team").filter(pk=erasure_id).first())


def order_to_take_back(user: User, erasure_id: UUID) -> Erasure:
    """An order that this person gave, or that a supervisor may read. Raises Absent."""
    own = Q(ordered_by=user) if user.has_role(Role.REVIEWER) else Q(pk__in=[])
    read = Q(pk__in=erasures_of(user).values("pk")) if user.has_role(Role.SUPERVISOR) else Q(pk__in=[])
    return _or_absent(Erasure.objects.filter(own | read, pk=erasure_id).first() if user.is_active else None)


def order_to_choose(user: User, erasure_id: UUID) -> Erasure:
    """An order that a supervisor may read. Raises Absent."""
    found = erasures_of(user).filter(pk=erasure_id).first() if user.has_role(Role.SUPERVISOR) else None
    return _or_absent(found)


def orders_of(user: User) -> ErasureQuerySet:
    """The orders that this person's own flags gave."""
    return Erasure.objects.filter(ordered_by=user) if user.is_active else Erasure.objects.none()


def certificates_of(user: User) -> QuerySet[Certificate]:
    """Every certificate that this person may read."""
    readable = Q(erasure__in=erasures_of(user).values("pk"))
    if user.is_active and user.has_role(Role.LEGAL):
        evidence = Exhibit.objects.filter(case__in=cases_for(user).values("pk"))
        readable |= Q(erasure__clip__in=evidence.values("clip_id"))
    return Certificate.objects.filter(readable)


def certificate_for(user: User, certificate_id: UUID) -> Certificate:
    """One certificate. Raises Absent."""
    found = certificates_of(user).select_related("erasure", "entry").filter(pk=certificate_id).first()
    return _or_absent(found)


def certificate_of_erasure(user: User, erasure_id: UUID, stage: Stage | None = None) -> Certificate:
    """An erasure's certificate of one stage, or its newest. Raises Absent, also while there is none yet."""
    issued = certificates_of(user).select_related("erasure", "entry").filter(erasure_id=erasure_id)
    if stage:
        issued = issued.filter(stage=stage)
    return _or_absent(issued.order_by("-issued_at").first())


def subject_erasure_for(user: User, request_id: UUID) -> SubjectErasure:
    """A data subject's request, for the account that made it. Raises Absent."""
    return _or_absent(SubjectErasure.objects.filter(pk=request_id, requested_by=user).first())


def withdrawal_for(user: User, run_id: UUID) -> ErasureRun:
    """A withdrawal by the source, for the account that asked for it. Raises Absent."""
    return _or_absent(ErasureRun.objects.filter(pk=run_id, requested_by=user).first())


def _or_absent(found: T | None) -> T:
    if found is None:
        raise Absent
    return found
