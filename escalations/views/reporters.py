"""Who reported: ask a second person of legal to agree that the two learn it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from escalations.access import case_for
from escalations.actions.standing import UNMASK, Stance
from escalations.actions.unmasking import names_for, propose_unmasking
from escalations.forms import UnmaskForm
from escalations.models import Case
from escalations.who import who
from project.accounts.access import Can, fresh_sign_in_required, needs
from project.accounts.models import User
from project.problems import Invalid


def panel(user: User, case: Case, known: Stance, now: datetime) -> list[dict[str, Any]]:
    """Every pseudonym of a case: the person, where this reader may know, and whether that was asked for already."""
    named = names_for(user, case, now=now)
    asked = {one.proposal.facts["reporter"] for one in known.waiting if one.proposal.act == UNMASK}
    numbers = case.reports.order_by("reporter_number").values_list("reporter_number", flat=True).distinct()
    return [{"number": n, "person": named.get(n), "asked": n in asked} for n in numbers]


@require_POST
@needs(Can.LEGAL)
@fresh_sign_in_required
def unmask(request: HttpRequest, case_id: UUID, number: int) -> HttpResponse:
    case_for(who(request), case_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        raise Invalid("Please say why you must know who reported.")
    reason = form.cleaned_data["reason"]
    propose_unmasking(case_id, number, reason=reason, acting_user=who(request), now=timezone.now())
    messages.info(request, "Proposed. A second person of legal has to agree, and whoever reported will be told.")
    return redirect("escalations:case", case_id)
