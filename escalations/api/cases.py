"""Cases over the API: the list, one case, and every verb of the path."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.access import case_for, cases_for
from escalations.actions import approvals
from escalations.actions.moves import Words
from escalations.actions.standing import stance, stances
from escalations.actions.ties import declare_tie
from escalations.actions.verbs import perform
from escalations.api.fields import INPUT_OF, SETTLING, AnyVerbIn, CasesQuery, VerbIn
from escalations.api.outputs import CaseOut
from escalations.api.shapes import case_json, whole_case_json
from escalations.models import Case
from escalations.states import TERMINAL, IllegalMove, Tier
from escalations.who import who
from project.accounts.access import Can, is_fresh, needs_api
from project.accounts.models import User
from project.api import Pages, in_pages, query_in
from project.problems import SignInAgain


class NewestCases(Pages):
    """Cursor pages by the time of opening."""

    ordering = "-opened_at"


@in_pages(NewestCases)
@extend_schema(parameters=[CasesQuery], responses=CaseOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_CASES)])
def cases(request: Request) -> Response:
    """Cases that you may see, newest first."""
    asked = query_in(CasesQuery, request)
    found = cases_for(who(request)).select_related("team", "merged_into").prefetch_related("clocks")
    for name in ("state", "tier"):
        if name in asked:
            found = found.filter(**{name: asked[name]})
    if "open" in asked:
        ended = found.filter(state__in=TERMINAL)
        found = found.exclude(state__in=TERMINAL) if asked["open"] else ended
    pages = NewestCases()
    page: list[Case] = pages.paginate_queryset(found, request) or []
    known, now = stances(who(request), page), timezone.now()
    return pages.get_paginated_response([case_json(case, known[case.pk], now) for case in page])


@extend_schema(responses=CaseOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_CASES)])
def case(request: Request, case_id: UUID) -> Response:
    """One case with its timeline, holds, disclosures and custody."""
    found = case_for(who(request), case_id)
    return Response(whole_case_json(found, stance(who(request), found), timezone.now()))


@extend_schema(request=AnyVerbIn, responses=CaseOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.READ_CASES)])
def verb(request: Request, case_id: UUID, verb: str) -> Response:
    """One act of the path: acknowledge, triage, refer, request-information, hand-over, merge, note, dismiss, decide,
    close, reopen;
    approve, decline or withdraw what waits for a second person; declare-tie. 409 carries the verbs that you may use."""
    now = timezone.now()
    seen = case_for(who(request), case_id)
    if verb == "declare-tie":
        moved = declare_tie(seen.pk, acting_user=who(request), now=now)
    elif verb not in INPUT_OF:
        raise IllegalMove("That", stance(who(request), seen).verbs)
    else:
        asked = INPUT_OF[verb](data=request.data)
        asked.is_valid(raise_exception=True)
        moved = _carry_out(request, seen, verb, asked, now)
    moved = Case.objects.select_related("team", "merged_into").get(pk=moved.pk)
    return Response(case_json(moved, stance(who(request), moved), now))


def _carry_out(request: Request, seen: Case, verb: str, asked: VerbIn, now: datetime) -> Case:
    user: User = who(request)
    if verb not in SETTLING:
        return perform(seen.pk, verb, words_of(asked.validated_data), acting_user=user, now=now)
    proposal_id = asked.validated_data.get("proposal")
    if verb == "approve" and approvals.asks_fresh_sign_in(proposal_id) and not is_fresh(request):
        raise SignInAgain
    settle = getattr(approvals, verb)
    return settle(seen.pk, acting_user=user, now=now, proposal_id=proposal_id)


def words_of(given: dict[str, Any]) -> Words:
    """What a validated body says, whichever verb it came with."""
    given = dict(given)
    note = given.pop("note", "")
    tier = given.pop("tier", None)
    return Words(**{**given, "text": given.get("text", "") or note, "tier": Tier(tier) if tier else None})
