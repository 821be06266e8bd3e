"""A data subject's request: every clip of one subject reference is erased."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.nudge import nudge
from reviews.actions.erasure_orders import Terms, order_erasures
from reviews.erasure_states import Reason
from reviews.erasure_tasks import order_subject_erasure as order_task
from reviews.models import Clip, SubjectErasure
from reviews.states import ClipState

BATCH: Final = 500
SUBJECT: Final = "subject"


def request_subject_erasure(subject_ref: str, *, acting_user: User, now: datetime) -> SubjectErasure:
    """Write the request down and order the first clips at once; a task orders what is beyond a batch.

    The answer is the same whether the reference is known or not: it says how many clips were found, nothing of them.
    """
    digest = vault.lookup_hmac(SUBJECT, subject_ref)
    with transaction.atomic(durable=True):
        request = SubjectErasure.objects.create(subject_ref_hmac=digest, requested_by=acting_user, requested_at=now)
        ledger.record(Event.SUBJECT_ERASURE_ORDERED, actor=acting_user, subject=request, now=now)
        _order_batch(request, None, now=now)
        nudge(order_task, request.pk)
    return request


def unfinished_requests() -> list[UUID]:
    """Requests whose clips are not all ordered yet, oldest first."""
    open_ones = SubjectErasure.objects.filter(all_ordered_at=None).order_by("requested_at")
    return list(open_ones.values_list("pk", flat=True)[:BATCH])


def order_all(request_id: UUID, *, now: datetime) -> int:
    """Order what is left of a request, a batch in each transaction. Repeating it orders nothing twice."""
    request = SubjectErasure.objects.get(pk=request_id)
    after: UUID | None = None
    ordered = 0
    while not request.all_ordered_at:
        with transaction.atomic(durable=True):
            request = SubjectErasure.objects.select_for_update(no_key=True).get(pk=request_id)
            clips = _order_batch(request, after, now=now)
            if not clips and not request.all_ordered_at:
                request.all_ordered_at = now
                request.save(update_fields=["all_ordered_at"])
                ledger.record(
                    Event.SUBJECT_ERASURE_COMPLETED, actor=None, subject=request, now=now,
                    clips=request.erasures.count(),
                )  # fmt: skip
        ordered += len(clips)
        after = clips[-1].pk if clips else after
    return ordered


def _order_batch(request: SubjectErasure, after: UUID | None, *, now: datetime) -> list[Clip]:
    """Order the next clips of the request, in the order of their ids so that two runs can't deadlock."""
    digest = bytes(request.subject_ref_hmac)
    clips = Clip.objects.filter(subject_ref_hmac=digest).exclude(state__in=[ClipState.ERASING, ClipState.ERASED])
    if after:
        clips = clips.filter(pk__gt=after)
    batch = list(clips.select_for_update(no_key=True).order_by("pk")[:BATCH])
    terms = Terms(Reason.SUBJECT_REQUEST, subject_erasure=request)
    order_erasures(batch, terms, actor=request.requested_by, now=now)
    return batch
