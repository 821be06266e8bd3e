"""Private sessions as pages: one click to ask, the counsellors' list of who waits, moving on and ending."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from project.accounts.access import Can, needs
from wellbeing.actions import private_sessions
from wellbeing.forms_rooms import MoveForm, VersionForm
from wellbeing.private_access import open_to, session_for
from wellbeing.views.rooms import checked
from wellbeing.views.today import me


@require_POST
@needs(Can.ROOMS)
def session_request(request: HttpRequest) -> HttpResponse:
    private_sessions.request_session(acting_user=me(request), now=timezone.now())
    messages.success(request, "You asked for somebody to talk to. You will be told as soon as one of them is there.")
    return redirect("wellbeing:rooms")


@require_POST
@needs(Can.MODERATE)
def session_accept(request: HttpRequest, session_id: UUID) -> HttpResponse:
    open_to(me(request), session_id)
    version = checked(VersionForm(request.POST)).cleaned_data["version"]
    session = private_sessions.accept_session(session_id, version=version, acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:room", session.room.slug if session.room else "")


@require_POST
@needs(Can.MODERATE)
def session_move(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session_for(me(request), session_id)
    fields = checked(MoveForm(request.POST)).cleaned_data
    private_sessions.move_session(
        session_id, fields["colleague"], version=fields["version"], acting_user=me(request), now=timezone.now()
    )
    messages.success(request, "Your colleague has it now, and both of them were told.")
    return redirect("wellbeing:moderation")


@require_POST
@needs(Can.ROOMS)
def session_end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session_for(me(request), session_id)
    version = checked(VersionForm(request.POST)).cleaned_data["version"]
    private_sessions.end_session(session_id, version=version, acting_user=me(request), now=timezone.now())
    messages.success(request, "It is ended. Whoever asked may ask again at any time.")
    return redirect("wellbeing:rooms")
