"""The moderators' queue and what they do with it. Every act is one POST with the version that the moderator saw."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, fresh_sign_in_required, needs
from wellbeing.actions import alerts, appeals, moderation
from wellbeing.actions.breaks import take_break
from wellbeing.actions.unmasking import Why, propose_unmasking, readable_names
from wellbeing.day import BreakKind
from wellbeing.forms_rooms import DecideForm, MuteForm, NoteForm, RemoveForm, UnmaskForm, VersionForm
from wellbeing.loads import load_of
from wellbeing.models import Message, Room
from wellbeing.private_access import held_by, waiting_for
from wellbeing.queue import queue_for
from wellbeing.removals import appeal_for
from wellbeing.rooms_access import alert_for, member_to_moderate, message_to_moderate, moderated_rooms
from wellbeing.views.rooms import checked
from wellbeing.views.today import me


@require_safe
@never_cache
@needs(Can.MODERATE)
def queue(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "waiting": queue_for(me(request), now),
        "load": load_of(me(request), now),
        "rooms": [own.room for own in moderated_rooms(me(request)).exclude(room__kind=Room.Kind.PRIVATE)],
        "asked": waiting_for(me(request))[:100],
        "held": held_by(me(request)),
        "unmasked": readable_names(me(request), now),
        "removals": Message.Removal.choices,
    }
    return render(request, "wellbeing/moderation.html", context)


@require_POST
@needs(Can.MODERATE)
def moderator_rest(request: HttpRequest) -> HttpResponse:
    take_break(BreakKind.SCREEN, acting_user=me(request), now=timezone.now())
    return back(request, "Rest well. Colleagues are asked instead of you until it is over.")


def back(request: HttpRequest, said: str) -> HttpResponse:
    """To the queue, with a word on what was done."""
    messages.success(request, said)
    return redirect("wellbeing:moderation")


def _as_seen(request: HttpRequest, act: Callable[..., object], what: UUID) -> None:
    """Do it to the version that this moderator saw. Raises Invalid, and what the act raises."""
    version = checked(VersionForm(request.POST)).cleaned_data["version"]
    act(what, version=version, acting_user=me(request), now=timezone.now())


@require_POST
@needs(Can.MODERATE)
def alert_take(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert_for(me(request), alert_id)
    _as_seen(request, alerts.take_alert, alert_id)
    return back(request, "It is yours. Colleagues see that you are looking at it.")


@require_POST
@needs(Can.MODERATE)
def alert_resolve(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert_for(me(request), alert_id)
    _as_seen(request, alerts.resolve_alert, alert_id)
    return back(request, "Done. Thank you. Take a moment for yourself before the next one.")


@require_POST
@needs(Can.MODERATE)
def alert_note(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert_for(me(request), alert_id)
    text = checked(NoteForm(request.POST)).cleaned_data["text"]
    alerts.note_alert(alert_id, text, acting_user=me(request), now=timezone.now())
    return back(request, "Your note is there for the other moderators.")


@require_POST
@needs(Can.MODERATE)
def message_hold(request: HttpRequest, message_id: UUID) -> HttpResponse:
    message_to_moderate(me(request), message_id)
    _as_seen(request, moderation.hold_message, message_id)
    return back(request, "The message is off every screen until somebody releases or removes it.")


@require_POST
@needs(Can.MODERATE)
def message_release(request: HttpRequest, message_id: UUID) -> HttpResponse:
    message_to_moderate(me(request), message_id)
    _as_seen(request, moderation.release_message, message_id)
    return back(request, "The message is shown.")


@require_POST
@needs(Can.MODERATE)
def message_remove(request: HttpRequest, message_id: UUID) -> HttpResponse:
    message_to_moderate(me(request), message_id)
    fields = checked(RemoveForm(request.POST)).cleaned_data
    reason = Message.Removal(fields["reason"])
    moderation.remove_message(
        message_id, reason, version=fields["version"], acting_user=me(request), now=timezone.now()
    )
    return back(request, "The message is gone from every screen, and its author was told why.")


@require_POST
@needs(Can.MODERATE)
def message_restore(request: HttpRequest, message_id: UUID) -> HttpResponse:
    message_to_moderate(me(request), message_id)
    _as_seen(request, moderation.restore_message, message_id)
    return back(request, "The message is in its old place again, and its author was told.")


@require_POST
@needs(Can.MODERATE)
def appeal_decide(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    appeal_for(me(request), appeal_id)
    fields = checked(DecideForm(request.POST)).cleaned_data
    restore = fields["decision"] == "restore"
    appeals.decide_appeal(
        appeal_id, restore=restore, version=fields["version"], acting_user=me(request), now=timezone.now()
    )
    return back(request, "The message is back." if restore else "It stays removed, and its words are destroyed.")


@require_POST
@needs(Can.MODERATE)
def member_mute(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    member_to_moderate(me(request), membership_id)
    minutes = checked(MuteForm(request.POST)).cleaned_data["minutes"]
    moderation.mute_member(membership_id, minutes=minutes, acting_user=me(request), now=timezone.now())
    return back(request, "Muted, and told so." if minutes else "They may post again.")


@require_POST
@needs(Can.MODERATE)
@fresh_sign_in_required
def pseudonym_lift(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    member_to_moderate(me(request), membership_id)
    why = Why(checked(UnmaskForm(request.POST)).cleaned_data["why"])
    propose_unmasking(membership_id, why, acting_user=me(request), now=timezone.now())
    return back(request, "Proposed. A second moderator has to agree, and the person will be told.")
