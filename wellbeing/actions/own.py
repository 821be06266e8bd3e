"""Everything that this app keeps about one person, for that person to take away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from project.accounts.models import User
from wellbeing.actions.checkins import history
from wellbeing.actions.pace import preferences_for
from wellbeing.actions.shares import shares_of
from wellbeing.models import Appeal, Break, Heard, Membership, Message, Offer, PrivateSession, Report, Unmasking
from wellbeing.models.preferences import WISHES
from wellbeing.sealing import keys_for, open_appeal, open_message, open_report


def everything_of(person: User, *, now: datetime) -> dict[str, Any]:
    """Check-ins, who may read them and when that was done, offers, preferences, what was heard, breaks taken, rooms,
    what was said there, reported and asked as it is kept (masked), lifted pseudonyms, private sessions; times UTC,
    lengths in ms. Who else had a part in it is somebody else's."""
    wishes = preferences_for(person)
    heard = Heard.objects.filter(person=person).order_by("first_at")
    breaks = Break.objects.filter(person=person).order_by("began_at")
    return {
        "at": now,
        "check_ins": [answered.as_json() for answered in history(acting_user=person, now=now, limit=10_000)],
        "shared_with": [share.as_json() for share in shares_of(person)],
        "preferences": {"opt_out": sorted(wishes.opt_out), **{name: getattr(wishes, name) for name in WISHES}},
        "heard": list(heard.values("first_at", "last_at", "heard_ms", "severity", "settled")),
        "offers": list(Offer.objects.filter(person=person).order_by("due_at").values("kind", "due_at", "closed_at")),
        "rooms": list(
            Membership.objects.filter(person=person).values("room__slug", "pseudonym", "joined_at", "left_at")
        ),
        "messages": _said(person),
        "appeals": _appealed(person),
        "reports": _reported(person),
        "lifted_pseudonyms": list(
            Unmasking.objects.filter(membership__person=person)
            .order_by("unmasked_at")
            .values("membership__room__slug", "membership__pseudonym", "reason", "unmasked_at", "readable_until")
        ),
        "private_sessions": list(
            PrivateSession.objects.filter(person=person).values("state", "requested_at", "accepted_at", "ended_at")
        ),
        "breaks": list(breaks.values("kind", "began_at", "ends_at", "ended_at")),
    }


def _said(person: User) -> list[dict[str, Any]]:
    """The person's own messages; one that was removed has words only while it may be appealed."""
    rows = Message.objects.filter(author__person=person).select_related("room").order_by("posted_at")
    keys = keys_for(rows)
    return [
        {
            "room": row.room.slug,
            "posted_at": row.posted_at,
            "state": row.state,
            "removed_because": row.removed_because,
            "text": open_message(row, keys),
        }
        for row in rows
        if row.sealed_under in keys  # without its key nobody can read it any more
    ]


def _appealed(person: User) -> list[dict[str, Any]]:
    """What was asked about removals of one's own; the words are there until it is decided."""
    rows = Appeal.objects.filter(message__author__person=person).select_related("message")
    keys = keys_for(row.message for row in rows)
    return [
        {
            "made_at": row.made_at,
            "state": row.state,
            "decided_at": row.decided_at,
            "text": open_appeal(row, row.message, keys),
        }
        for row in rows
    ]


def _reported(person: User) -> list[dict[str, Any]]:
    """Which rooms' moderators were asked to look, when and why; never at whose words."""
    rows = Report.objects.filter(reporter__person=person).select_related("message__room").order_by("reported_at")
    keys = keys_for(row.message for row in rows)
    return [
        {
            "room": row.message.room.slug,
            "reported_at": row.reported_at,
            "reason": open_report(row, row.message, keys),
        }
        for row in rows
    ]
