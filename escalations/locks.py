"""The locks of this app, in the order that every transaction takes them: proposal, clips, case.

A hold and an erasure's point of no return take the same lock on the clip, so exactly one of them wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from escalations.models import Case, Exhibit
from project.problems import Absent


def lock_clips(clip_ids: Iterable[UUID]) -> list[Any]:
    """The clips' rows, locked (SELECT ... FOR NO KEY UPDATE) in pk order and read again. Absent ones are left out."""
    clips: QuerySet[Any] = apps.get_model("reviews", "Clip")._default_manager.all()
    return list(clips.select_for_update(of=("self",), no_key=True).filter(pk__in=list(clip_ids)).order_by("pk"))


def lock_clip(clip_id: UUID) -> Any:
    """One clip's row, locked and read again. Raises Absent."""
    found = lock_clips([clip_id])
    if not found:
        raise Absent
    return found[0]


def lock_case(case_id: UUID) -> Case:
    """The case's row, locked and read again. Raises Absent."""
    case = (
        Case.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team", "merged_into")
        .filter(pk=case_id)
        .first()
    )
    if case is None:
        raise Absent
    return case


def lock_clips_and_cases(case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Every clip of several cases, then the cases, each in pk order: the same set is always locked alike."""
    lock_clips(Exhibit.objects.filter(case_id__in=case_ids).values_list("clip_id", flat=True))
    return {case_id: lock_case(case_id) for case_id in sorted(case_ids)}


def lock_clips_and_case(case_id: UUID) -> tuple[list[Any], Case]:
    """Every clip of a case, then the case. A clip that joined in between is caught by reading again.

    Clips join under the case's lock (open_case), so once it is held the set is final.
    """
    clips = lock_clips(Exhibit.objects.filter(case_id=case_id).values_list("clip_id", flat=True))
    return clips, lock_case(case_id)
