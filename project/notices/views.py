"""What a person was told and when mail may reach them; whose mail does not get through."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, may, needs
from project.accounts.models import User
from project.notices import failures
from project.notices.actions import mark_all_read
from project.notices.actions.quiet import set_quiet_hours
from project.notices.actions.sends import retry
from project.notices.forms import QuietForm, RetryForm, initial_of, zones
from project.notices.models import Send
from project.problems import Invalid


def me(request: HttpRequest) -> User:
    """Behind @needs there is always somebody."""
    return cast(User, request.user)


@require_safe
@needs(Can.NOTICES)
def notices(request: HttpRequest) -> HttpResponse:
    own = Prefetch("sends", Send.objects.filter(channel=Send.Channel.EMAIL), to_attr="mails")
    pages = Paginator(me(request).notices.order_by("-created_at").prefetch_related(own), 50)
    context = {"page": pages.get_page(request.GET.get("page")), "failing": failures.own(me(request))}
    return render(request, "notices/notices.html", context)


@require_safe
@needs(Can.NOTICES)
def count(request: HttpRequest) -> HttpResponse:
    """The number beside "Notices", for a page that is open already."""
    return render(request, "notices/count.html")


@require_POST
@needs(Can.NOTICES)
def read_all(request: HttpRequest) -> HttpResponse:
    mark_all_read(acting_user=me(request), now=timezone.now())
    return redirect("notices:notices")


@require_safe
@needs(Can.NOTICES)
def quiet(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/quiet.html", {"form": QuietForm(initial=initial_of(me(request))), "zones": zones()})


@require_POST
@needs(Can.NOTICES)
def quiet_save(request: HttpRequest) -> HttpResponse:
    form = QuietForm(request.POST)
    if form.is_valid():
        try:
            kept = set_quiet_hours(**form.cleaned_data, acting_user=me(request), now=timezone.now())
        except Invalid as refused:
            form.add_error(None, refused.detail)
        else:
            messages.success(request, "Kept. Mail waits for the end of these hours." if kept else "No quiet hours now.")
            return redirect("notices:quiet")
    return render(request, "notices/quiet.html", {"form": form, "zones": zones()}, status=422)


@require_safe
@needs(Can.READ_SENDS)
def failing(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/failures.html", {"found": failures.seen_by(me(request))})


@require_POST
@needs(Can.NOTICES)
def try_again(request: HttpRequest) -> HttpResponse:
    """One's own, or what the page of failures shows."""
    form = RetryForm(request.POST)
    if not form.is_valid():
        raise Invalid("That is nobody.")
    person: UUID | None = form.cleaned_data["person"]
    retried = retry(person_id=person, acting_user=me(request), now=timezone.now())
    if retried:
        messages.success(request, f"On its way again: {retried}. If it fails once more, it shows here.")
    else:
        messages.info(request, "Nothing waits any more: it got through meanwhile.")
    own = person == me(request).pk or not may(me(request), Can.READ_SENDS)
    return redirect("notices:notices" if own else "notices:failing")
