"""Which cases a person may see. Absent and forbidden are one answer: Absent, 404.

A supervisor sees the team's cases, those that a missed clock brought to all supervisors, and those proposed to them
for as long as they are. Legal sees a case from its referral on, or while a missed clock has climbed to on-call.
Outside counsel sees the one case that two of legal let them into, until its day or until one of legal ends it. Once an
ended case's time is over, only legal reads its record. Who reported it sees nothing of the case: what became of a
report is told by me/reports/, in words that reveal nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from escalations.models import (
    Case,
    CounselGrant,
    Disclosure,
    EmergencyAccess,
    Exhibit,
    Export,
    Hold,
    Opening,
    Report,
    Tie,
)
from project.accounts.access import Can, Role, may
from project.accounts.models import User
from project.accounts.twopeople import Act, proposals_for
from project.problems import Absent

ALL_SUPERVISORS = 2
ON_CALL = 3
CASE_ACTS = (Act.DISMISS, Act.DECIDE, Act.EMERGENCY_REVIEW)


def cases_for(user: User) -> QuerySet[Case]:
    """Every case this person may see. One that was merged is seen by whoever sees the case that it leads to.

    Its reports went there, so whoever made one of them sees neither.
    """
    visible = Q(pk__in=[])
    if user.is_active and user.has_role(Role.SUPERVISOR):
        seen = Q(team__supervisors=user) | Q(reach__gte=ALL_SUPERVISORS) | Q(pk__in=_proposed_to(user))
        visible |= seen & Q(retired_at=None)
    if user.is_active and user.has_role(Role.LEGAL):
        visible |= Q(referred_at__isnull=False) | Q(reach__gte=ON_CALL)
        visible |= Q(pk__in=EmergencyAccess.objects.live(timezone.now()).filter(person=user).values("case"))
    if user.is_active and user.has_role(Role.COUNSEL):
        visible |= Q(
            retired_at=None, pk__in=CounselGrant.objects.live(timezone.now()).filter(person=user).values("case")
        )
    shown, own = Case.objects.filter(visible).values("pk"), Report.objects.filter(reporter=user).values("case")
    goes_on = Q(merged_into=None, pk__in=shown) & ~Q(pk__in=own)
    return Case.objects.filter(goes_on | (Q(merged_into__in=shown) & ~Q(merged_into__in=own)))


def who_may_see(case_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who may see this case now: asked one by one, by the rule of every page.

    The id of a person names nobody but them: their board looks again, for something may be gone from it.
    """
    if case_id in people:
        return {case_id}
    readers = [role.value for role in (Role.SUPERVISOR, Role.LEGAL, Role.COUNSEL)]
    accounts = User.objects.filter(pk__in=people, roles__overlap=readers)
    return {one.pk for one in accounts if cases_for(one).filter(pk=case_id).exists()}


def case_for(user: User, case_id: UUID) -> Case:
    """The case, if this person may see it. Raises Absent."""
    case = cases_for(user).select_related("team", "merged_into").filter(pk=case_id).first()
    if case is None:
        raise Absent
    return case


def cases_reported_with(clip_id: UUID, *, reporter_id: UUID, at: datetime) -> list[UUID]:
    """The cases that one review's flags opened or joined, by their ids alone. For the reporter's own review only."""
    reports = Report.objects.filter(exhibit__clip_id=clip_id, reporter_id=reporter_id, reported_at=at)
    return list(reports.order_by().values_list("case_id", flat=True).distinct())


def exhibit_for(user: User, case_id: UUID, number: int) -> Exhibit:
    """One exhibit of a visible case. Raises Absent."""
    exhibit = Exhibit.objects.select_related("case").filter(case=case_for(user, case_id), number=number).first()
    if exhibit is None:
        raise Absent
    return exhibit


def opening_for(user: User, opening_id: UUID) -> Opening:
    """This person's own opening of evidence, while they still may see its case. Raises Absent."""
    opening = Opening.objects.select_related("exhibit", "case").filter(pk=opening_id, person=user).first()
    if opening is None:
        raise Absent
    case_for(user, opening.case_id)
    return opening


def hold_for(user: User, hold_id: UUID) -> Hold:
    """A hold of a visible case. Raises Absent."""
    hold = Hold.objects.filter(pk=hold_id).first()
    if hold is None:
        raise Absent
    case_for(user, hold.case_id)
    return hold


def counsel_grant_for(user: User, grant_id: UUID) -> CounselGrant:
    """A grant of outside counsel in a case that this person works on as legal. Raises Absent."""
    grant = CounselGrant.objects.filter(pk=grant_id).first()
    if grant is None or not may(user, Can.LEGAL):
        raise Absent
    case_for(user, grant.case_id)
    return grant


def disclosure_for(user: User, disclosure_id: UUID) -> Disclosure:
    """A disclosure of a visible case. Raises Absent."""
    disclosure = Disclosure.objects.filter(pk=disclosure_id).first()
    if disclosure is None:
        raise Absent
    case_for(user, disclosure.case_id)
    return disclosure


def exports_for(user: User) -> QuerySet[Export]:
    """Receipts: auditors see that every export was made, legal those of the cases they may see."""
    if may(user, Can.READ_EXPORT_RECEIPTS) and user.has_role(Role.AUDITOR):
        return Export.objects.all()
    if may(user, Can.READ_EXPORT_RECEIPTS):
        return Export.objects.filter(case__in=cases_for(user))
    return Export.objects.none()


def receipt_for(user: User, export_id: UUID) -> Export:
    """One export as a receipt, without content. Raises Absent."""
    export = exports_for(user).select_related("case", "proposed_by", "approved_by", "collected_by").filter(pk=export_id)
    found = export.first()
    if found is None:
        raise Absent
    return found


def export_for(user: User, export_id: UUID) -> Export:
    """An export of a case that this person works on as legal. Raises Absent."""
    export = receipt_for(user, export_id)
    if not may(user, Can.EXPORT):
        raise Absent
    case_for(user, export.case_id)
    return export


def reports_of(user: User) -> QuerySet[Report]:
    """What this person reported, newest first."""
    return Report.objects.filter(reporter=user).select_related("case").order_by("-reported_at", "pk")


def report_for(user: User, report_id: UUID) -> Report:
    """This person's own report. Raises Absent."""
    report = reports_of(user).filter(pk=report_id).first()
    if report is None:
        raise Absent
    return report


def family_of(case: Case) -> QuerySet[Case]:
    """A case and everything that was merged into it."""
    return Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk))


def has_tie(user: User, case: Case) -> bool:
    return Tie.objects.filter(case=case, person=user).exists()


def active_hold_on(clip_id: UUID) -> Hold | None:
    """The oldest hold that keeps this clip from erasure. The caller holds the clip's lock (escalations.locks)."""
    return Hold.objects.active().filter(case__exhibits__clip_id=clip_id).order_by("placed_at", "pk").first()


def held_among(clip_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these clips that some hold keeps from erasure. The caller holds their locks."""
    return set(clips_on_hold().filter(clip_id__in=list(clip_ids)))


def clips_on_hold() -> QuerySet[Exhibit, UUID]:
    """Ids of every clip that some hold keeps from erasure, as a subquery."""
    return Exhibit.objects.filter(case__holds__in=Hold.objects.active()).values_list("clip_id", flat=True)


def clips_whose_cases_are_over() -> QuerySet[Exhibit, UUID]:
    """Ids of clips that were evidence, that no hold keeps and no open case needs: what is left for erasure."""
    needed = Exhibit.objects.filter(released_at=None).values("clip_id")
    over = Exhibit.objects.exclude(clip_id__in=needed).exclude(clip_id__in=clips_on_hold())
    return over.values_list("clip_id", flat=True).distinct()


def _proposed_to(user: User) -> list[str]:
    return [p.subject_id for p in proposals_for(user, acts=CASE_ACTS) if p.subject_type == Case._meta.label_lower]
