"""The help card as a page: no network, no logging of who opened it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from project.accounts.access import Can, needs


@require_safe
@needs(Can.NOTICES)
def help_card(request: HttpRequest) -> HttpResponse:
    return render(request, "wellbeing/help.html")
