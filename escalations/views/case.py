"""One case: what is known, what may be done now, evidence, holds, disclosures, what happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalations.access import case_for, cases_for, disclosure_for, hold_for
from escalations.actions import approvals, custody, ties
from escalations.actions.case_retention import retires_at, what_keeps
from escalations.actions.disclosures import is_decided_to_report, is_emergency, record_disclosure, record_receipt
from escalations.actions.holds import lift_hold, place_hold, review_hold
from escalations.actions.standing import Stance, stance
from escalations.actions.verbs import perform
from escalations.api.fields import SETTLING
from escalations.api.shapes import whole_case_json
from escalations.forms import (
    FORMS,
    LABELS,
    DisclosureForm,
    HoldForm,
    LiftForm,
    OpenEvidenceForm,
    ReceiptForm,
    ReviewHoldForm,
    StrictForm,
    form_of,
)
from escalations.models import Case, Opening
from escalations.states import TERMINAL, State
from escalations.views import counsel, exports, reporters
from escalations.waveform import Waveform, waveform_of
from escalations.who import who
from project.accounts.access import Can, Role, fresh_sign_in_required, is_fresh, needs
from project.accounts.models import User
from project.problems import Absent, Gone, Invalid

_SAID = {"approve": "Approved and carried out.", "decline": "Declined.", "withdraw": "Taken back."}


@require_safe
@needs(Can.READ_CASES)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return show(request, case_for(who(request), case_id))


def show(request: HttpRequest, found: Case, bound: dict[str, StrictForm] | None = None) -> HttpResponse:
    """The page; with a form that has errors, again and 422."""
    user, now = who(request), timezone.now()
    known = stance(user, found)
    legal = Role.LEGAL in known.roles
    whole = whole_case_json(found, known, now)
    for history in (whole, *whole["merged"]):
        _make_readable(history)
    context = {
        "case": found,
        "whole": whole,
        "holds": _of_all(whole, "holds"),
        "custody": _of_all(whole, "custody"),
        "stance": known,
        "clocks": found.clocks.running().order_by("due_at"),
        "now": now,
        "forms": _forms(user, found, known, bound or {}),
        "legal": legal,
        "fresh": is_fresh(request),
        "ended": found.state in TERMINAL,
        **_kept(found, now),
        "opening": _own_opening(request, found),
        "may_disclose": legal and (is_decided_to_report(found) or is_emergency(found)),
        "hold_form": (bound or {}).get("hold") or HoldForm(),
        "disclosure_form": (bound or {}).get("disclosure") or DisclosureForm(),
        "purpose_form": (bound or {}).get("purpose"),
        "reporters": reporters.panel(user, found, known, now) if legal else [],
        **counsel.panel(user, found, (bound or {}).get("counsel")),
        **(exports.panel(user, found) if legal else {}),
    }
    return render(request, "escalations/case.html", context, status=422 if bound else 200)


def _kept(found: Case, now: datetime) -> dict[str, Any]:
    """Until when an ended case's evidence is kept, and what will still keep it then as things stand."""
    ends = retires_at(found)
    if ends is None:
        return {}
    return {"retires_at": ends, "kept_by": "" if found.retired_at else what_keeps(found, now=max(now, ends))}


def _of_all(whole: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """The case's own, then those of each case that was merged into it, which say `of` which."""
    return [*whole[what], *({**row, "of": one["number"]} for one in whole["merged"] for row in one[what])]


def _make_readable(whole: dict[str, Any]) -> None:
    """Facts as a list of name and fact, whether they came as words or one by one."""
    for event in whole["events"]:
        for word in event["words"]:
            if "facts" in word:
                facts = word["facts"]
                listed = list(facts.items()) if isinstance(facts, dict) else [("what is known", facts)]
                word["listed"] = listed + [(name, word[name]) for name in ("basis", "jurisdiction") if word.get(name)]


def _forms(user: User, found: Case, known: Stance, bound: dict[str, StrictForm]) -> list[dict[str, Any]]:
    """One form for each verb that is possible now, in the path's order; the one with errors as it was sent."""
    return [
        {
            "verb": verb,
            "label": LABELS[verb],
            "form": bound.get(verb) or form_of(verb, user, found),
            "open": verb in bound,
        }
        for verb in known.verbs
        if verb in FORMS
    ]


def _own_opening(request: HttpRequest, found: Case) -> dict[str, Any] | None:
    """This person's opening that still runs: the player, its waveform and the machine's words."""
    rows = Opening.objects.filter(case=found, person=who(request), expires_at__gt=timezone.now())
    opening = rows.select_related("exhibit").order_by("-opened_at").first()
    if opening is None:
        return None
    try:
        peaks = custody.read_peaks(opening.pk, acting_user=who(request))
        transcript = custody.read_transcript(opening)
    except (Gone, Absent):
        return None
    clip = custody.clip_of(opening.exhibit.clip_id)
    wave: Waveform = waveform_of(peaks, list(opening.exhibit.reports.all()), clip.duration_ms)
    return {"row": opening, "wave": wave, "transcript": transcript, "duration_ms": clip.duration_ms}


@require_POST
@needs(Can.READ_CASES)
def verb(request: HttpRequest, case_id: UUID, verb: str) -> HttpResponse:
    found = case_for(who(request), case_id)
    if verb in SETTLING:
        return _settle(request, found, verb)
    if verb not in FORMS:
        raise Absent
    form = form_of(verb, who(request), found, request.POST)
    if not form.is_valid():
        return show(request, found, {verb: form})
    before = found.state
    moved = perform(case_id, verb, form.words(), acting_user=who(request), now=timezone.now())
    if verb == "note":
        messages.success(request, "The note is sealed with the case.")
    elif verb == "merge" and moved.merged_into:
        messages.success(request, f"{moved.number} was merged into this case.")
        return _back(request, moved.merged_into)
    elif verb == "hand-over" and moved.team:
        messages.success(request, f"{moved.number} is {moved.team.name}'s now. Its supervisors are told.")
    elif moved.state == before and verb in {"dismiss", "decide"}:
        messages.info(request, "Proposed. It happens when a second person agrees.")
    else:
        messages.success(request, f"{moved.number}: {State(moved.state).label}.")
    return redirect("escalations:board") if request.POST.get("next") == "board" else _back(request, moved)


def _settle(request: HttpRequest, found: Case, verb: str) -> HttpResponse:
    try:
        proposal_id = UUID(request.POST["proposal"]) if request.POST.get("proposal") else None
    except ValueError as error:
        raise Invalid("That is no proposal.") from error
    if verb == "approve" and approvals.asks_fresh_sign_in(proposal_id):
        return _settle_freshly(request, found, verb, proposal_id)
    return _settle_one(request, found, verb, proposal_id)


def _settle_one(request: HttpRequest, found: Case, verb: str, proposal_id: UUID | None) -> HttpResponse:
    settle: Callable[..., Case] = getattr(approvals, verb)
    moved = settle(found.pk, acting_user=who(request), now=timezone.now(), proposal_id=proposal_id)
    messages.success(request, _SAID[verb])
    return _back(request, moved)


_settle_freshly = fresh_sign_in_required(_settle_one)


def _back(request: HttpRequest, moved: Case) -> HttpResponse:
    """To the case, or to the board where this person no longer sees it."""
    if cases_for(who(request)).filter(pk=moved.pk).exists():
        return redirect("escalations:case", moved.pk)
    return redirect("escalations:board")


@require_POST
@needs(Can.READ_CASES)
def declare_tie(request: HttpRequest, case_id: UUID) -> HttpResponse:
    found = ties.declare_tie(case_id, acting_user=who(request), now=timezone.now())
    messages.info(request, "Thank you. You no longer work on this case.")
    return _back(request, found)


@require_POST
@needs(Can.READ_CASES)
def open_evidence(request: HttpRequest, case_id: UUID, number: int) -> HttpResponse:
    found, form = case_for(who(request), case_id), OpenEvidenceForm(request.POST)
    if not form.is_valid():
        return show(request, found, {"purpose": form})
    purpose = form.cleaned_data["purpose"]
    custody.open_evidence(case_id, number, purpose=purpose, acting_user=who(request), now=timezone.now())
    return redirect(f"{request.path.split('/exhibits/')[0]}/#evidence")


@require_POST
@needs(Can.LEGAL)
@fresh_sign_in_required
def place(request: HttpRequest, case_id: UUID) -> HttpResponse:
    found, form = case_for(who(request), case_id), HoldForm(request.POST)
    if not form.is_valid():
        return show(request, found, {"hold": form})
    place_hold(case_id, **form.cleaned_data, acting_user=who(request), now=timezone.now())
    messages.success(request, "The evidence is held until legal lifts it.")
    return redirect("escalations:case", case_id)


@require_POST
@needs(Can.LEGAL)
@fresh_sign_in_required
def lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    hold_for(who(request), hold_id)
    form = LiftForm(request.POST)
    if not form.is_valid():
        raise Invalid("Please say why the hold may end.")
    hold = lift_hold(hold_id, reason=form.cleaned_data["reason"], acting_user=who(request), now=timezone.now())
    messages.success(request, "The hold is lifted.")
    return redirect("escalations:case", hold.case_id)


@require_POST
@needs(Can.LEGAL)
def review(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    hold_for(who(request), hold_id)
    form = ReviewHoldForm(request.POST)
    if not form.is_valid():
        raise Invalid("Please give a day that lies ahead.")
    hold = review_hold(hold_id, review_at=form.cleaned_data["review_at"], acting_user=who(request), now=timezone.now())
    messages.success(request, "The hold stays until its next review.")
    return redirect("escalations:case", hold.case_id)


@require_POST
@needs(Can.LEGAL)
def disclose(request: HttpRequest, case_id: UUID) -> HttpResponse:
    found, form = case_for(who(request), case_id), DisclosureForm(request.POST)
    if not form.is_valid():
        return show(request, found, {"disclosure": form})
    try:
        record_disclosure(case_id, form.details(), sent_at=form.sent(), acting_user=who(request), now=timezone.now())
    except Invalid as invalid:
        form.add_error(invalid.extra.get("field"), invalid.detail)
        return show(request, found, {"disclosure": form})
    messages.success(request, "The disclosure is recorded.")
    return redirect("escalations:case", case_id)


@require_POST
@needs(Can.LEGAL)
def receipt(request: HttpRequest, disclosure_id: UUID) -> HttpResponse:
    disclosure_for(who(request), disclosure_id)
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        raise Invalid("Please say what the authority answered.")
    text = form.cleaned_data["receipt"]
    made = record_receipt(disclosure_id, text, acting_user=who(request), now=timezone.now())
    messages.success(request, "The receipt is sealed with the disclosure.")
    return redirect("escalations:case", made.case_id)
