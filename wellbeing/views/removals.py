"""A person's own removed message: why it went, and one way to have another moderator look at it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from wellbeing.actions.appeals import appeal_removal, can_appeal
from wellbeing.forms_rooms import AppealForm
from wellbeing.frames import WHY_REMOVED
from wellbeing.removals import own_removal
from wellbeing.sealing import open_message
from wellbeing.views.rooms import checked
from wellbeing.views.today import me


@require_safe
@never_cache
@needs(Can.ROOMS)
def removed(request: HttpRequest, message_id: UUID) -> HttpResponse:
    message = own_removal(me(request), message_id)
    context = {
        "message": message,
        "text": open_message(message),
        "why": WHY_REMOVED.get(message.removed_because, ""),
        "can_appeal": can_appeal(message, timezone.now()),
        "appeal": message.appeals.order_by("-made_at").first(),
    }
    return render(request, "wellbeing/removed.html", context)


@require_POST
@needs(Can.ROOMS)
def appeal(request: HttpRequest, message_id: UUID) -> HttpResponse:
    own_removal(me(request), message_id)
    text = checked(AppealForm(request.POST)).cleaned_data["text"]
    appealed = appeal_removal(message_id, text, acting_user=me(request), now=timezone.now())
    messages.success(request, "Another moderator will look at it, and you will be told.")
    if appealed.crisis is not None:
        return redirect("wellbeing:help")
    return redirect("wellbeing:removed", message_id)
