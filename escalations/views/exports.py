"""Pages about exports: what was asked for, how far it is, releasing it, fetching it once."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from escalations.access import case_for, exports_for, receipt_for
from escalations.actions.exports import (
    approve_export,
    ask_to_go_on_without_timestamp,
    is_exportable,
    propose_export,
    waiting_on,
)
from escalations.api.exports import file_response
from escalations.export.facts import Profile
from escalations.models import Case, Export
from escalations.sealing import open_words
from project import vault
from project.accounts.access import Can, fresh_sign_in_required, may, needs
from project.accounts.models import User
from project.accounts.twopeople import fit_approvers, proposals_for
from project.ledger.events import Event
from project.ledger.models import Entry
from project.problems import Invalid

UNDER_WAY = (Export.State.APPROVED, Export.State.BUILDING)
PROFILES = (
    (Profile.LAW_ENFORCEMENT.value, "An authority: originals and redacted copies, with the source's references"),
    (Profile.INTERNAL.value, "Inside the organisation: redacted copies only"),
    (Profile.REGULATOR.value, "A regulator: no sound at all"),
)


class ExportForm(forms.Form):
    """What legal asks for. The recipients' keys stand one a line."""

    profile = forms.ChoiceField(label="Who is it for?", choices=PROFILES, widget=forms.RadioSelect)
    recipients = forms.CharField(
        label="Keys of the recipients",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text="One public age key a line (age1...). Only they can open the export; nobody here can.",
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept sealed with the case. It does not go along.",
    )


def panel(user: User, case: Case) -> dict[str, Any]:
    """What the case page's part about exports needs (escalations/_exports.html)."""
    return {
        "exports": list(case.exports.select_related("proposed_by")[:20]),
        "can_export": may(user, Can.EXPORT) and is_exportable(case),
    }


@require_GET
@needs(Can.READ_EXPORT_RECEIPTS)
def exports(request: HttpRequest) -> HttpResponse:
    """Receipts, newest first."""
    found = exports_for(cast(User, request.user)).select_related("case", "proposed_by", "approved_by")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(request, "escalations/exports.html", {"page": page})


@require_GET
@needs(Can.EXPORT)
@fresh_sign_in_required
def new(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The form. The fresh sign-in is asked for before anything is typed, so that nothing typed is lost to it."""
    case = case_for(cast(User, request.user), case_id)
    form = ExportForm(initial={"profile": Profile.LAW_ENFORCEMENT.value})
    return render(request, "escalations/export_new.html", {"case": case, "form": form, "open": is_exportable(case)})


@require_POST
@needs(Can.EXPORT)
@fresh_sign_in_required
def propose(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask for an export; a second legal person releases it."""
    case = case_for(cast(User, request.user), case_id)
    form = ExportForm(request.POST)
    if form.is_valid():
        try:
            export = _propose(request, case, form.cleaned_data)
        except Invalid as invalid:
            form.add_error("recipients", invalid.detail)
        else:
            return redirect("escalations:export", export.pk)
    return render(request, "escalations/export_new.html", {"case": case, "form": form, "open": True}, status=422)


def _propose(request: HttpRequest, case: Case, given: dict[str, str]) -> Export:
    return propose_export(
        case.pk,
        profile=Profile(given["profile"]),
        recipients=given["recipients"].split(),
        reason=given["reason"],
        acting_user=cast(User, request.user),
        now=timezone.now(),
    )


@require_GET
@needs(Can.READ_EXPORT_RECEIPTS)
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """One export: where it stands, and what this person can do about it. Its own part is fetched again meanwhile."""
    found = receipt_for(cast(User, request.user), export_id)
    context = _standing(cast(User, request.user), found)
    name = "escalations/export.html"
    return render(request, f"{name}#standing" if request.headers.get("HX-Request") else name, context)


def _standing(user: User, found: Export) -> dict[str, Any]:
    proposal = waiting_on(found)
    is_legal = may(user, Can.EXPORT)
    return {
        "export": found,
        "is_legal": is_legal,
        # Who releases it must know what: for whom, why, and to whose keys. An auditor's receipt says none of that.
        "reason": _reason(found) if is_legal else "",
        "carries": dict(PROFILES)[found.profile],
        "proposal": proposal,
        "may_approve": proposal is not None and proposal in proposals_for(user),
        "may_withdraw": proposal is not None and proposal.proposer_id == user.pk,
        "nobody_fit": proposal is not None and not fit_approvers(proposal),
        "may_collect": found.state == Export.State.READY and is_legal,
        "may_skip": found.waits_for_timestamp and proposal is None and is_legal,
        "under_way": found.state in UNDER_WAY,
        "certificate": _certificate(found) if is_legal and found.ready_at else "",
    }


def _certificate(found: Export) -> str:
    """The fingerprint of the certificate it was signed with, as the ledger has it, in groups to be read aloud."""
    built = Entry.objects.filter(event=Event.EXPORT_BUILT, subject_id=str(found.pk)).first()
    text = str(built.facts.get("certificate", "")) if built else ""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _reason(found: Export) -> str:
    """Why it was asked for; gone with the case's key, while the receipt stays."""
    try:
        return open_words(found.case_id, found, "sealed_reason")
    except vault.KeyGone:
        return ""


@require_POST
@needs(Can.EXPORT)
@fresh_sign_in_required
def approve(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Release it as the second person."""
    approve_export(export_id, acting_user=cast(User, request.user), now=timezone.now())
    messages.success(request, "Approved. What you agreed to is under way.")
    return redirect("escalations:export", export_id)


@require_POST
@needs(Can.EXPORT)
@fresh_sign_in_required
def without_timestamp(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Propose to go on without the timestamp authority."""
    ask_to_go_on_without_timestamp(export_id, acting_user=cast(User, request.user), now=timezone.now())
    messages.success(request, "Proposed. A second legal person must approve.")
    return redirect("escalations:export", export_id)


@require_GET
@needs(Can.EXPORT)
def download(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """The built file, once."""
    return cast(HttpResponse, file_response(export_id, request))
