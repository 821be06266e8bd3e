"""The auditor's pages."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from project import vault
from project.accounts.access import Can, needs
from project.ledger import health
from project.ledger.errors import NotSealedYet
from project.ledger.events import Event
from project.ledger.forms import FilterForm
from project.ledger.proofs import inclusion_for, latest
from project.ledger.reading import Page, entry_for, page_of
from project.problems import Unavailable


@require_safe
@needs(Can.READ_LEDGER)
def entries(request: HttpRequest) -> HttpResponse:
    """Entries newest first, the signed head, and how to verify both."""
    form = FilterForm(request.GET)
    page, status = (_page(form), 200) if form.is_valid() else (Page([], None), 422)
    chosen = {name: request.GET[name] for name in ("event", "subject") if request.GET.get(name)}
    context = {
        "form": form,
        "page": page,
        "filtered": bool(chosen),
        "older": urlencode({**chosen, "before": str(page.older)}) if page.older else "",
        "checkpoint": latest(),
        "waiting": health.waiting(),
    }
    return render(request, "ledger/entries.html", context, status=status)


def _page(form: FilterForm) -> Page:
    asked = form.cleaned_data
    event = Event(asked["event"]) if asked["event"] else None
    return page_of(event=event, subject=asked["subject"], before=asked["before"])


@require_safe
@needs(Can.READ_LEDGER)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with its place in the tree and its proof."""
    found = entry_for(entry_id)
    try:
        proof = inclusion_for(entry_id)
    except NotSealedYet:
        proof = None
    return render(request, "ledger/entry.html", {"entry": found, "proof": proof})


@require_safe
@needs(Can.READ_CERTIFICATES)
def public_key(request: HttpRequest) -> HttpResponse:
    """The public key as a file, to check checkpoints and certificates with."""
    headers = {"Content-Disposition": 'attachment; filename="earshot-public-key.pem"'}
    return HttpResponse(vault.public_key_pem(), content_type="application/x-pem-file", headers=headers)


@require_safe
@needs(Can.READ_LEDGER)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as a file, to keep outside and hold the ledger to."""
    newest = latest()
    if newest is None:
        raise Unavailable("Nothing has been sealed yet; the sealer runs every few seconds.")
    headers = {"Content-Disposition": f'attachment; filename="checkpoint-{newest.tree_size}.txt"'}
    return HttpResponse(newest.note, content_type="text/plain; charset=utf-8", headers=headers)
