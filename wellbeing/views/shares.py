"""Sharing check-ins with a counsellor: the person's two buttons, and what the counsellor sees."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from project.accounts.access import Can, needs
from wellbeing.access import share_of
from wellbeing.actions import shares
from wellbeing.forms_rooms import ShareForm
from wellbeing.private_access import shared_with
from wellbeing.views.rooms import checked
from wellbeing.views.today import me


@require_POST
@needs(Can.OWN_WELLBEING)
def share_give(request: HttpRequest) -> HttpResponse:
    asked = checked(ShareForm(request.POST)).cleaned_data
    shares.share_check_ins(asked["counsellor"], days=asked["days"], acting_user=me(request), now=timezone.now())
    messages.success(request, "They may read your check-ins now. Here you see when they do, and can end it.")
    return redirect("wellbeing:check-ins")


@require_POST
@needs(Can.OWN_WELLBEING)
def share_revoke(request: HttpRequest, share_id: UUID) -> HttpResponse:
    share = share_of(me(request), share_id)
    shares.revoke_share(share.pk, acting_user=me(request), now=timezone.now())
    messages.success(request, "From now on they cannot read your check-ins.")
    return redirect("wellbeing:check-ins")


@require_safe
@never_cache
@needs(Can.MODERATE)
def shared(request: HttpRequest) -> HttpResponse:
    """Who shares with this counsellor. Looking at the list is no reading."""
    return render(request, "wellbeing/shared.html", {"given": shared_with(me(request), timezone.now())})


@require_GET  # a reading is noted: HEAD would be one that nobody did
@never_cache
@needs(Can.MODERATE)
def shared_read(request: HttpRequest, share_id: UUID) -> HttpResponse:
    share, found = shares.read_shared(share_id, acting_user=me(request), now=timezone.now())
    return render(request, "wellbeing/shared_read.html", {"share": share, "found": found})
