"""Support rooms as pages: the list, the room, and what a browser uses where sockets are blocked."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import uuid4

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, may, needs
from project.problems import Absent, Invalid, Refusal
from wellbeing import frames
from wellbeing.actions.alerts import answer_about
from wellbeing.actions.messages import Posted, mark_read, post_message, report_message
from wellbeing.answers import answers_to, refusal_frame
from wellbeing.feeds import frame_for, room_frame
from wellbeing.forms_rooms import AboutForm, AfterForm, PostForm, ReportForm
from wellbeing.history import as_state, happened_after, latest
from wellbeing.models import Alert, Membership, PrivateSession, Room
from wellbeing.private_access import counsellors, held_by, own_session, past_rooms
from wellbeing.removals import own_removals
from wellbeing.rooms_access import membership_for, memberships_of
from wellbeing.views.today import me

F = TypeVar("F", bound=Form)


def checked(form: F) -> F:
    """The form, or Invalid (400)."""
    if not form.is_valid():
        raise Invalid("Please look at what you filled in.", errors=form.errors.get_json_data())
    return form


@require_safe
@never_cache
@needs(Can.ROOMS)
def rooms(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = [
        {"room": own.room, "own": own, "state": as_state(own.room, now), "zone": own.room.time_zone or "UTC"}
        for own in memberships_of(me(request)).exclude(room__kind=Room.Kind.PRIVATE)[:100]
    ]
    private = {"session": own_session(me(request)), "past": past_rooms(me(request)), "held": held_by(me(request))}
    return render(request, "wellbeing/rooms.html", {"rows": rows, **private})


@require_safe
@never_cache
@needs(Can.ROOMS)
def room(request: HttpRequest, slug: str) -> HttpResponse:
    membership = membership_for(me(request), slug)
    shown = latest(membership.room_id)
    mark_read(membership, membership.room.last_number)
    context = {
        "room": membership.room,
        "own": membership,
        "shown": shown,
        "state": as_state(membership.room, timezone.now()),
        "zone": membership.room.time_zone or "UTC",
        "moderates": may(request.user, Can.MODERATE),
        "client_id": uuid4().hex,
        "removed": [(one, frames.WHY_REMOVED[one.removed_because]) for one in own_removals(membership, timezone.now())],
        "session": PrivateSession.objects.filter(room=membership.room, state="open").first(),
        "colleagues": counsellors().exclude(pk=membership.person_id),
    }
    return render(request, "wellbeing/room.html", context)


@require_safe
@never_cache
@needs(Can.ROOMS)
def room_frames(request: HttpRequest, slug: str) -> HttpResponse:
    """What followed a number, as a socket would have sent it: the way of browsers whose sockets are blocked."""
    membership = membership_for(me(request), slug)
    after = checked(AfterForm(request.GET)).cleaned_data["after"]
    happenings, upto, more = happened_after(membership.room_id, after)
    state = as_state(membership.room, timezone.now())
    mark_read(membership, upto)
    told: list[Any] = [frame_for(happening, membership.person_id) for happening in happenings]
    return JsonResponse({"frames": [*told, room_frame(state)], "upto": upto, "more": more})


@require_POST
@needs(Can.ROOMS)
def room_post(request: HttpRequest, slug: str) -> HttpResponse:
    """A message by form: as frames for the page's script, as a page without one."""
    membership = membership_for(me(request), slug)
    form = PostForm(request.POST)
    try:
        posted = post_by_form(membership, form)
    except Absent:
        raise
    except Refusal as refusal:
        if not asks_for_frames(request):
            raise
        return JsonResponse({"frames": [refusal_frame(refusal, client_id=request.POST.get("client_id", "")[:64])]})
    if asks_for_frames(request):
        return JsonResponse({"frames": answers_to(posted, membership)})
    for note in notes_for(posted):
        messages.warning(request, note)
    return redirect("wellbeing:help" if posted.crisis else "wellbeing:room", *([] if posted.crisis else [slug]))


def post_by_form(membership: Membership, form: PostForm) -> Posted:
    """Post what a form brought. Raises Invalid and what post_message raises."""
    fields = checked(form).cleaned_data
    return post_message(
        membership.pk,
        client_id=fields["client_id"],
        text=fields["text"],
        acting_user=membership.person,
        now=timezone.now(),
    )


def asks_for_frames(request: HttpRequest) -> bool:
    """Whether the page's script asks, which wants frames and no page."""
    return request.headers.get("Accept", "") == "application/json"


def notes_for(posted: Posted) -> list[str]:
    """What the author is told, in words, where no script shows frames."""
    notes = [frames.WHY_MASKED[kind] + " It was cut out before anybody saw it." for kind in posted.message.masked]
    if posted.message.state == "held":
        notes.append("A moderator will look at your message before anybody else sees it. It is not lost.")
    return list(dict.fromkeys(notes))


@require_POST
@needs(Can.ROOMS)
def message_report(request: HttpRequest, slug: str) -> HttpResponse:
    membership = membership_for(me(request), slug)
    fields = checked(ReportForm(request.POST)).cleaned_data
    report_message(membership.pk, fields["message_id"], fields["reason"], acting_user=me(request), now=timezone.now())
    messages.success(request, "Thank you. A moderator will look at it; nobody is told that it was you.")
    return redirect("wellbeing:room", slug)


@require_POST
@needs(Can.ROOMS)
def message_about(request: HttpRequest, slug: str) -> HttpResponse:
    membership_for(me(request), slug)
    fields = checked(AboutForm(request.POST)).cleaned_data
    answer_about(fields["message"], Alert.About(fields["answer"]), acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:room", slug)
