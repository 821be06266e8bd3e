"""The page of what a person was told."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from project.notices.actions import mark_all_read


@require_safe
@needs(Can.NOTICES)
def notices(request: HttpRequest) -> HttpResponse:
    pages = Paginator(request.user.notices.order_by("-created_at"), 50)  # type: ignore[union-attr]  # needs() signed in
    return render(request, "notices/notices.html", {"page": pages.get_page(request.GET.get("page"))})


@require_safe
@needs(Can.NOTICES)
def count(request: HttpRequest) -> HttpResponse:
    """The number beside "Notices", for a page that is open already."""
    return render(request, "notices/count.html")


@require_POST
@needs(Can.NOTICES)
def read_all(request: HttpRequest) -> HttpResponse:
    mark_all_read(acting_user=request.user, now=timezone.now())  # type: ignore[arg-type]  # needs() signed in
    return redirect("notices:notices")
