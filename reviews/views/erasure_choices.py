"""Pages on what may still be decided of an order: take it back, redact instead of erase; and runs and rates."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, may, needs
from project.accounts.models import User
from reviews.actions.activations import DEVICE_DAYS, FEWEST, rates
from reviews.actions.erasure_choices import choose_method, withdraw_erasure
from reviews.actions.erasure_runs import newest_runs
from reviews.erasure_access import orders_of
from reviews.erasure_pages import run_rows
from reviews.erasure_states import Method

PERIODS = (7, 30, 90)


@require_safe
@needs(Can.UNDO_ERASURE)
def orders(request: HttpRequest) -> HttpResponse:
    """The orders that this person's own flags gave and that they can still take back."""
    now = timezone.now()
    found = orders_of(cast(User, request.user)).undoable(now).order_by("undo_until", "pk")[:100]
    return render(request, "reviews/orders.html", {"orders": found, "now": now})


@require_POST
@needs(Can.UNDO_ERASURE)
def undo(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Take an order back, within its window."""
    user = cast(User, request.user)
    withdraw_erasure(erasure_id, acting_user=user, now=timezone.now())
    messages.success(request, "The order is taken back. The clip is where it was before.")
    if may(user, Can.READ_ERASURES):
        return redirect("reviews:erasure-read", erasure_id)
    return redirect("reviews:orders")


@require_POST
@needs(Can.RUN_QUEUE)
def redact(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Silence the flagged spans instead of erasing all of it."""
    choose_method(erasure_id, Method.REDACT, acting_user=cast(User, request.user), now=timezone.now())
    messages.success(request, "The flagged spans will be silenced; the rest of the clip is kept.")
    return redirect("reviews:erasure-read", erasure_id)


@require_POST
@needs(Can.RUN_QUEUE)
def erase(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Erase all of it after all."""
    choose_method(erasure_id, Method.ERASE, acting_user=cast(User, request.user), now=timezone.now())
    messages.success(request, "All of the clip will be erased.")
    return redirect("reviews:erasure-read", erasure_id)


@require_safe
@needs(Can.READ_ERASURES)
def runs(request: HttpRequest) -> HttpResponse:
    """Many clips ordered at once, and how far each run has come."""
    return render(request, "reviews/erasure_runs.html", {"runs": run_rows(newest_runs(50), timezone.now())})


@require_safe
@needs(Can.RUN_QUEUE)
def activations(request: HttpRequest) -> HttpResponse:
    """How often devices recorded without being asked."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(period) for period in PERIODS} else 30
    found = rates(now=timezone.now(), days=days)
    context = {"rates": found, "days": days, "periods": PERIODS, "fewest": FEWEST, "device_days": DEVICE_DAYS}
    groups = [("By locale", found.locales, found.few["locales"]), ("By trigger", found.triggers, found.few["triggers"])]
    groups.append(("By device", found.devices, found.few["devices"]))
    return render(request, "reviews/activations.html", {**context, "groups": groups})
