"""Ordering erasures: one or many in the caller's transaction. What carries them out is reviews/actions/erasures.py."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.nudge import nudge
from reviews.erasure_states import ALLOWANCE, BEFORE_NO_RETURN, BULK, TERMINAL, ErasureState, Method, Reason
from reviews.erasure_tasks import erase as erase_task
from reviews.models import Clip, Erasure, ErasureRun, SubjectErasure
from reviews.states import ClipState, check_clip_move


@dataclass(frozen=True, slots=True)
class Terms:
    """Why and how clips are ordered to go. Times are UTC; `due_at` None takes what the reason allows.

    `undo` is how long the order may be taken back; until then nothing is done but that the clip is out of reach.
    """

    reason: Reason
    method: Method = Method.ERASE
    due_at: datetime | None = None
    undo: timedelta = timedelta()
    subject_erasure: SubjectErasure | None = None
    run: ErasureRun | None = None


def order_erasure(
    clip: Clip,
    reason: Reason,
    *,
    actor: User | None,
    now: datetime,
    due_at: datetime | None = None,
    subject_erasure: SubjectErasure | None = None,
) -> Erasure:
    """Put a clip out of reach and order its destruction. The caller holds the clip's row lock and the transaction."""
    terms = Terms(reason, due_at=due_at, subject_erasure=subject_erasure)
    return order_erasures([clip], terms, actor=actor, now=now)[0]


def order_erasures(clips: Sequence[Clip], terms: Terms, *, actor: User | None, now: datetime) -> list[Erasure]:
    """Put clips out of reach and order what the terms say. The caller holds their row locks and the transaction.

    An order for a clip that has one joins it: the nearer deadline counts. One for an erased clip gives back the
    erasure that did it. Bulk reasons are not announced; the sweep takes them by deadline. However many clips there
    are, it is the same few statements, and one more for each that joins. Given back in the order of the clips.
    """
    due_at = terms.due_at or now + ALLOWANCE[terms.reason]
    last = _last_orders(clips)
    found: dict[UUID, Erasure] = {}
    fresh: list[Clip] = []
    for clip in clips:
        standing = last.get(clip.pk)
        if standing and (standing.state not in TERMINAL or clip.state == ClipState.ERASED):
            found[clip.pk] = _join(standing, terms, actor=actor, now=now, due_at=due_at)
        else:
            fresh.append(clip)
    found |= {erasure.clip_id: erasure for erasure in _order_fresh(fresh, terms, actor=actor, now=now, due_at=due_at)}
    return [found[clip.pk] for clip in clips]


def quarantine(clips: Iterable[Clip]) -> None:
    """Out of everybody's reach; the caller holds the locks."""
    moving = [clip for clip in clips if clip.state != ClipState.QUARANTINED]
    for clip in moving:
        check_clip_move(clip.state, ClipState.QUARANTINED)
        clip.state = ClipState.QUARANTINED
    if moving:
        Clip.objects.filter(pk__in=[clip.pk for clip in moving]).update(state=ClipState.QUARANTINED)


def _last_orders(clips: Sequence[Clip]) -> dict[UUID, Erasure]:
    """The newest order of each clip, all of them locked, clips being locked already."""
    rows = Erasure.objects.select_for_update(no_key=True).filter(clip__in=[clip.pk for clip in clips])
    by_clip: dict[UUID, list[Erasure]] = defaultdict(list)
    for erasure in rows.order_by("pk"):
        by_clip[erasure.clip_id].append(erasure)
    return {clip_id: max(orders, key=lambda one: one.ordered_at) for clip_id, orders in by_clip.items()}


def _order_fresh(
    clips: Sequence[Clip], terms: Terms, *, actor: User | None, now: datetime, due_at: datetime
) -> list[Erasure]:
    if not clips:
        return []
    quarantine(clips)
    made = Erasure.objects.bulk_create(
        Erasure(
            clip=clip,
            reason=terms.reason,
            method=terms.method,
            team=actor.team if actor else None,
            ordered_by=actor,
            subject_erasure=terms.subject_erasure,
            run=terms.run,
            vault_id=clip.vault_id,
            ordered_at=now,
            due_at=due_at,
            undo_until=now + terms.undo if terms.undo else None,
            next_attempt_at=now + terms.undo,
        )
        for clip in clips
    )
    said = {"reason": terms.reason, "method": terms.method, "due": due_at}
    ledger.record_many(
        Event.ERASURE_ORDERED, actor=actor, now=now, entries=[(one, {"clip": one.clip_id, **said}) for one in made]
    )
    if terms.reason not in BULK and not terms.undo:
        for erasure in made:
            nudge(erase_task, erasure.pk)
    return made


def _join(erasure: Erasure, terms: Terms, *, actor: User | None, now: datetime, due_at: datetime) -> Erasure:
    """A second order can only hasten the first, or make a redaction an erasure, and only before it is done.

    A replay after a restore always wins. What joins a redaction past its point of no return is carried out after it.
    """
    if erasure.state == ErasureState.CERTIFIED:
        return erasure
    changed = _add_to(erasure, terms) | _take_all(erasure, terms)
    if due_at < erasure.due_at or terms.reason == Reason.RESTORED:
        changed |= _hasten(erasure, terms, actor=actor, now=now, due_at=due_at)
    if changed:
        erasure.save(update_fields=sorted(changed))
    return erasure


def _add_to(erasure: Erasure, terms: Terms) -> set[str]:
    """Make it one of a subject's request or of a run, unless it is one of another."""
    added = set()
    if terms.subject_erasure and not erasure.subject_erasure_id:
        erasure.subject_erasure = terms.subject_erasure
        added.add("subject_erasure")
    if terms.run and not erasure.run_id:
        erasure.run = terms.run
        added.add("run")
    return added


def _take_all(erasure: Erasure, terms: Terms) -> set[str]:
    """Who asks for all of a clip gets all of it, though somebody asked for a redaction before."""
    if erasure.method == Method.ERASE or terms.method == Method.REDACT:
        return set()
    if erasure.state in BEFORE_NO_RETURN:
        erasure.method = Method.ERASE
        return {"method"}
    erasure.followed_by = terms.reason
    return {"followed_by"}


def _hasten(erasure: Erasure, terms: Terms, *, actor: User | None, now: datetime, due_at: datetime) -> set[str]:
    erasure.due_at, erasure.reason = min(due_at, erasure.due_at), terms.reason
    begins = max(now, erasure.undo_until or now)
    erasure.next_attempt_at = min(erasure.next_attempt_at, begins)
    ledger.record(
        Event.ERASURE_HASTENED, actor=actor, subject=erasure, now=now,
        clip=erasure.clip_id, reason=terms.reason, due=due_at,
    )  # fmt: skip
    nudge(erase_task, erasure.pk)
    return {"due_at", "reason", "next_attempt_at"}
