"""Outside counsel on a case's page: proposed with a reason, let in by a second of legal, ended by one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from escalations.access import case_for, counsel_grant_for
from escalations.actions.counsel import propose_counsel, revoke
from escalations.forms import CounselForm, StrictForm
from escalations.models import Case, CounselGrant
from escalations.who import who
from project.accounts.access import Can, Role, fresh_sign_in_required, may, needs
from project.accounts.models import User
from project.problems import Invalid


def panel(user: User, case: Case, bound: StrictForm | None) -> dict[str, Any]:
    """For legal who is and was let in; for counsel how long they may stay."""
    if user.has_role(Role.COUNSEL):
        return {"counsels_own": CounselGrant.objects.live(timezone.now()).filter(person=user, case=case).first()}
    if not may(user, Can.LEGAL) or case.referred_at is None:
        return {}
    rows = case.counsel_grants.select_related("person", "proposed_by", "granted_by")
    return {"counsel": list(rows), "counsel_form": bound or CounselForm()}


@require_POST
@needs(Can.LEGAL)
@fresh_sign_in_required
def propose(request: HttpRequest, case_id: UUID) -> HttpResponse:
    from escalations.views.case import show

    found, form = case_for(who(request), case_id), CounselForm(request.POST)
    if not form.is_valid():
        return show(request, found, {"counsel": form})
    try:
        propose_counsel(case_id, **form.cleaned_data, acting_user=who(request), now=timezone.now())
    except Invalid as invalid:
        form.add_error(invalid.extra.get("field"), invalid.detail)
        return show(request, found, {"counsel": form})
    messages.info(request, "Proposed. A second person of legal has to agree.")
    return redirect("escalations:case", case_id)


@require_POST
@needs(Can.LEGAL)
def end(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    counsel_grant_for(who(request), grant_id)
    ended = revoke(grant_id, acting_user=who(request), now=timezone.now())
    messages.success(request, "Ended. They are signed out and see nothing any more.")
    return redirect("escalations:case", ended.case_id)
