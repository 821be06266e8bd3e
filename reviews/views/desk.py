"""The reviewer's desk: the page's frame. What happens on it goes through the API, with the session's own sign-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from project.accounts.access import Can, needs
from reviews.models.shifts import MOST_CLIPS
from wellbeing.actions.pace import clip_ceiling, policy_for, preferences_for


@require_safe
@needs(Can.REVIEW)
def desk(request: HttpRequest) -> HttpResponse:
    policy = policy_for(request.user)  # type: ignore[arg-type]  # needs() let only accounts in
    ceiling = clip_ceiling(policy, preferences_for(request.user), policy.shift_minutes)  # type: ignore[arg-type]  # as above
    return render(request, "reviews/desk.html", {"ceiling": min(MOST_CLIPS, ceiling)})
