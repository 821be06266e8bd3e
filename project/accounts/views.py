"""Acts that wait for a second person, and the yes or no to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts import twopeople
from project.accounts.access import Can, fresh_sign_in_required, needs
from project.accounts.models import Proposal, User
from project.problems import Absent


@require_safe
@needs(Can.NOTICES)
def proposals(request: HttpRequest) -> HttpResponse:
    person = cast(User, request.user)
    own = _told(Proposal.objects.filter(proposer=person, state=Proposal.State.PROPOSED)[:100])
    waiting = _told(twopeople.proposals_for(person))
    return render(request, "accounts/proposals.html", {"waiting": waiting, "own": own})


def _told(proposals: Iterable[Proposal]) -> list[tuple[str, Proposal]]:
    return [(str(twopeople.Act(proposal.act).label), proposal) for proposal in proposals]


def _decide(request: HttpRequest, proposal_id: UUID, act: Callable[..., Any], said: str) -> HttpResponse:
    act(proposal_id, acting_user=request.user, now=timezone.now())
    messages.success(request, said)
    return redirect("accounts:proposals")


@require_POST
@needs(Can.NOTICES)
@fresh_sign_in_required
def approve_proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    return _decide(request, proposal_id, twopeople.approve, "Approved and carried out.")


@require_POST
@needs(Can.NOTICES)
def decline_proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    return _decide(request, proposal_id, twopeople.decline, "Declined. Nothing was done.")


@require_POST
@needs(Can.NOTICES)
def withdraw_proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    return _decide(request, proposal_id, twopeople.withdraw, "Taken back. Nothing was done.")


def own_address(request: HttpRequest) -> HttpResponse:
    """Nobody changes their own address: whoever took that of somebody who has yet to come would be taken for them, and
    let in with their roles. Addresses come from an administrator or the organisation's sign-on.
    """
    raise Absent
