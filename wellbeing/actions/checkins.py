"""Check-ins: given, read back, taken out and deleted by one person; offered, never ordered.

No ledger entry and no log names them: that somebody answered is as private as what they answered. Each answer has a key
of its own, so that each can end in every backup too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from wellbeing.actions.forgetting import shred_and_prove
from wellbeing.actions.revoking import revoke_all
from wellbeing.checkin_errors import AnswersDoNotFit, NotLoaded, TooSoon
from wellbeing.instruments import DISTRESS, OURS, SCALES, BadAnswers, Band, Scale, rises
from wellbeing.models import CheckIn, Instrument, Offer
from wellbeing.notices import CHECK_IN_OFFERED

KEPT = timedelta(days=90)
AT_ONCE: Final = 200  # as many keys as one entry of the ledger lists
FOLLOW_UPS = {
    "after-24-hours": timedelta(hours=24),
    "after-72-hours": timedelta(hours=72),
    "after-28-days": timedelta(days=28),
}
# House default: what falls as near as this to an offer that is open is that one. Several flags a day are usual.
ONE_OFFER: Final = {
    "after-24-hours": timedelta(hours=12),
    "after-72-hours": timedelta(hours=12),
    "after-28-days": timedelta(days=3),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One check-in, opened for the person it belongs to."""

    id: UUID
    kind: str
    at: datetime
    kept_until: datetime
    answers: dict[str, int]
    score: int
    out_of: int
    meaning: str
    support: bool

    @property
    def title(self) -> str:
        return SCALES[self.kind].short

    def as_json(self) -> dict[str, Any]:
        names = ("id", "kind", "at", "kept_until", "answers", "score", "out_of", "meaning", "support")
        return {name: getattr(self, name) for name in names}


def scale_for(kind: str) -> Scale:
    """Ours, or a published one whose texts were loaded. Raises NotLoaded."""
    if kind in OURS or (kind in SCALES and Instrument.objects.filter(pk=kind).exists()):
        return SCALES[kind]
    raise NotLoaded


def check_in(kind: str, answers: Mapping[str, int], *, acting_user: User, now: datetime) -> Answered:
    """Seal one answer and say what it means.

    1. Score it; the answers that do not fit are refused. 2. Its key commits, before anything is sealed; a key without
    an answer is swept. 3. Hold the person, so that of two tabs only one may give what is too soon for a second.
    4. Close open offers.
    """
    scale, score = _scored(kind, answers)
    row = CheckIn(id=uuid4(), person=acting_user, kind=scale.code, at=now, expires_at=now + KEPT)
    seal(row, answers, score, vault.create_key(row.pk, "person").key)
    with transaction.atomic(durable=True):
        User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
        _not_too_soon(scale, acting_user.pk, now)
        before = _last_score(scale, acting_user)
        row.save(force_insert=True)
        Offer.objects.filter(person=acting_user, closed_at=None, due_at__lte=now).update(closed_at=now)
    risen = scale is DISTRESS and rises(score, before)
    return _answered(row, dict(answers), score, risen=risen)


def seal(row: CheckIn, answers: Mapping[str, int], score: int, key: vault.Key) -> None:
    """Put the words into a new row, under the key that was made for it."""
    row.sealed_under = row.pk
    words = json.dumps({"answers": dict(answers), "score": score})
    row.sealed_answers = vault.seal_text(row.pk, _field(row.pk), words, key=key)


def _scored(kind: str, answers: Mapping[str, int]) -> tuple[Scale, int]:
    scale = scale_for(kind)
    try:
        return scale, scale.score(answers)
    except BadAnswers as why:
        raise AnswersDoNotFit(str(why)) from None


def _not_too_soon(scale: Scale, person_id: UUID, now: datetime) -> None:
    earliest = now - timedelta(days=scale.days_between)
    last = CheckIn.objects.filter(person_id=person_id, kind=scale.code, at__gt=earliest).order_by("-at").first()
    if scale.days_between and last is not None:
        raise TooSoon(until=last.at + timedelta(days=scale.days_between))


def _last_score(scale: Scale, person: User) -> int | None:
    row = CheckIn.objects.filter(person=person, kind=scale.code).order_by("-at").first()
    found = opened([row]) if row and scale is DISTRESS else []
    return found[0].score if found else None


def history(*, acting_user: User, now: datetime, limit: int = 400) -> list[Answered]:
    """The person's own answers of the last 90 days, newest first."""
    return answers_of(acting_user.pk, now, limit)


def answers_of(person_id: UUID, now: datetime, limit: int) -> list[Answered]:
    """One person's answers, whoever reads them: the caller has asked who may."""
    return opened(list(CheckIn.objects.filter(person=person_id, expires_at__gt=now).order_by("-at")[:limit]))


def opened(rows: Sequence[CheckIn]) -> list[Answered]:
    """Rows with their words, their keys fetched at once. One whose key is gone is gone: deleted a moment ago, or a
    restore brought back its row."""
    keys = vault.data_keys({row.sealed_under for row in rows}) if rows else {}
    return [_opened(row, keys[row.sealed_under]) for row in rows if row.sealed_under in keys]


def _opened(row: CheckIn, key: vault.Key) -> Answered:
    words = json.loads(vault.open_text(row.sealed_under, _field(row.pk), bytes(row.sealed_answers), key=key))
    return _answered(row, words["answers"], words["score"])


def _answered(row: CheckIn, answers: dict[str, int], score: int, *, risen: bool = False) -> Answered:
    scale = SCALES[row.kind]
    band: Band = scale.band(score)
    support = band.offers_support or risen
    return Answered(row.pk, row.kind, row.at, row.expires_at, answers, score, scale.greatest, band.meaning, support)


def _field(check_in_id: UUID) -> str:
    return f"check-in.sealed_answers.{check_in_id}"


def delete_check_in(row: CheckIn, *, acting_user: User, now: datetime) -> None:
    """One answer goes, and its key; `row` was fetched by its owner."""
    with transaction.atomic(durable=True):
        CheckIn.objects.filter(pk=row.pk, person=acting_user).delete()
    shred_unused([row.sealed_under], now)


def delete_everything(*, acting_user: User, now: datetime) -> None:
    """Every answer goes, nobody reads along any more, and then the keys go.

    What a backup still holds of them can be opened by nobody.
    """
    mine = CheckIn.objects.filter(person=acting_user)
    with transaction.atomic(durable=True):
        keys = list(mine.select_for_update().order_by("pk").values_list("sealed_under", flat=True))
        mine.filter(sealed_under__in=keys).delete()
        revoke_all(acting_user.pk, now)
    shred_unused(keys, now)


def offer(person_id: UUID, kind: str, due_at: datetime, now: datetime) -> Offer:
    """Offer a check-in at `due_at`, in the caller's transaction. The same offer twice is one."""
    return Offer.objects.get_or_create(person_id=person_id, kind=kind, due_at=due_at)[0]


def offer_follow_ups(person_id: UUID, now: datetime) -> list[Offer]:
    """After an escalation: at 24 hours, 72 hours and 28 days (peer-support practice), of whatever number of them.

    Two flags of one moment may make one offer more than needed; it would be told with the other.
    """
    return [
        _near(person_id, now + after, ONE_OFFER[kind]) or offer(person_id, kind, now + after, now)
        for kind, after in FOLLOW_UPS.items()
    ]


def _near(person_id: UUID, due_at: datetime, within: timedelta) -> Offer | None:
    """The person's open offer, of whatever kind, that is due about then."""
    near = Offer.objects.filter(person_id=person_id, closed_at=None, due_at__range=(due_at - within, due_at + within))
    return near.order_by("due_at").first()


def decline_offer(row: Offer, *, acting_user: User, now: datetime) -> None:
    """No is an answer, to all that were offered by now, and nobody is told of it."""
    with transaction.atomic(durable=True):
        due = Q(pk=row.pk) | Q(due_at__lte=now)
        Offer.objects.filter(due, person=acting_user, closed_at=None).update(closed_at=now)


def open_offers(person_id: UUID, now: datetime) -> list[Offer]:
    return list(Offer.objects.filter(person_id=person_id, closed_at=None, due_at__lte=now).order_by("due_at")[:5])


def tell_of_due_offers(*, now: datetime, limit: int = 200) -> int:
    """Tell each person whose offers have come due, once of all. Returns how many offers."""
    with transaction.atomic(durable=True):
        waiting = Offer.objects.filter(told_at=None, closed_at=None, due_at__lte=now).select_related("person")
        due = list(waiting.select_for_update(of=("self",), skip_locked=True).order_by("due_at")[:limit])
        for person in {row.person_id: row.person for row in due}.values():
            tell(person, CHECK_IN_OFFERED, now=now)
        Offer.objects.filter(pk__in=[row.pk for row in due]).update(told_at=now)
    return len(due)


def delete_expired(*, now: datetime) -> int:
    """Answers live 90 days, offers as long after they were due. Returns how many answers went.

    As at an erasure the keys go first, proved, then the rows: a crash between leaves rows that nobody can read and
    that the next sweep finds.
    """
    gone = 0
    while batch := list(CheckIn.objects.filter(expires_at__lte=now).order_by("expires_at")[:AT_ONCE]):
        ids = [row.pk for row in batch]
        spent = _without_others({row.sealed_under for row in batch}, ids)
        proof = shred_and_prove(spent, now=now)
        with transaction.atomic(durable=True):
            CheckIn.objects.filter(pk__in=ids).delete()
            ledger.record(Event.CHECK_INS_FORGOTTEN, actor=None, subject=None, now=now, answers=len(ids), **proof)
        gone += len(batch)
    with transaction.atomic(durable=True):
        Offer.objects.filter(due_at__lte=now - KEPT).delete()
    return gone


def shred_unused(object_ids: Collection[UUID], now: datetime) -> None:
    """Shred those of these keys under which no answer is left. A crash before leaves keys without owners: swept."""
    vault.shred_keys(_without_others(object_ids, ()), now=now)


def _without_others(object_ids: Collection[UUID], but_for: Collection[UUID]) -> set[UUID]:
    """Those of these keys that open no answer, but for the answers named: older ones share a key."""
    others = CheckIn.objects.filter(sealed_under__in=object_ids).exclude(pk__in=but_for)
    return set(object_ids) - set(others.values_list("sealed_under", flat=True))


def overdue(now: datetime) -> str | None:
    """For /status: answers that are still here two days after their time."""
    late = CheckIn.objects.filter(expires_at__lte=now - timedelta(days=2)).exists()
    return "Check-ins are kept longer than they may be." if late else None
