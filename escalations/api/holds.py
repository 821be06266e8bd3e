"""Holds and disclosures over the API."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.actions.disclosures import Details, record_disclosure, record_receipt
from escalations.actions.holds import REVIEW_AFTER_CLOSURE, lift_hold, place_hold, review_hold
from escalations.api.fields import DisclosureIn, HoldIn, LiftIn, ReceiptIn, ReviewHoldIn
from escalations.api.outputs import DisclosureOut, HoldOut
from escalations.api.shapes import disclosure_json, hold_json
from escalations.who import who
from project import vault
from project.accounts.access import Can, fresh_sign_in_required, needs_api


@extend_schema(request=HoldIn, responses={201: HoldOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
@fresh_sign_in_required
def holds(request: Request, case_id: UUID) -> Response:
    """Keep a case's evidence from erasure until legal lifts the hold. Needs a fresh sign-in.

    409 `too-late` past the point of no return.
    """
    asked = HoldIn(data=request.data)
    asked.is_valid(raise_exception=True)
    now = timezone.now()
    review_at = asked.validated_data.get("review_at") or now + REVIEW_AFTER_CLOSURE
    hold = place_hold(
        case_id, reason=asked.validated_data["reason"], review_at=review_at, acting_user=who(request), now=now
    )
    return Response(hold_json(hold, vault.data_key(case_id)), status=201)


@extend_schema(request=LiftIn, responses=HoldOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
@fresh_sign_in_required
def lift(request: Request, hold_id: UUID) -> Response:
    """Lift a hold of legal. Needs a fresh sign-in and a reason."""
    asked = LiftIn(data=request.data)
    asked.is_valid(raise_exception=True)
    hold = lift_hold(hold_id, reason=asked.validated_data["reason"], acting_user=who(request), now=timezone.now())
    return Response(hold_json(hold, vault.data_key(hold.case_id)))


@extend_schema(request=ReviewHoldIn, responses=HoldOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
def review(request: Request, hold_id: UUID) -> Response:
    """Keep a hold until the next review."""
    asked = ReviewHoldIn(data=request.data)
    asked.is_valid(raise_exception=True)
    hold = review_hold(
        hold_id, review_at=asked.validated_data["review_at"], acting_user=who(request), now=timezone.now()
    )
    return Response(hold_json(hold, vault.data_key(hold.case_id)))


@extend_schema(request=DisclosureIn, responses={201: DisclosureOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
def disclosures(request: Request, case_id: UUID) -> Response:
    """Record what was reported to an authority. Needs the decision to report; in T0 it may come before it."""
    asked = DisclosureIn(data=request.data)
    asked.is_valid(raise_exception=True)
    now = timezone.now()
    given = dict(asked.validated_data)
    sent_at = given.pop("sent_at", now)
    made = record_disclosure(case_id, Details(**given), sent_at=sent_at, acting_user=who(request), now=now)
    return Response(disclosure_json(made, vault.data_key(case_id)), status=201)


@extend_schema(request=ReceiptIn, responses=DisclosureOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
def receipt(request: Request, disclosure_id: UUID) -> Response:
    """Record what the authority answered to a disclosure, once. 409 `receipt-there` the second time."""
    asked = ReceiptIn(data=request.data)
    asked.is_valid(raise_exception=True)
    made = record_receipt(disclosure_id, asked.validated_data["receipt"], acting_user=who(request), now=timezone.now())
    return Response(disclosure_json(made, vault.data_key(made.case_id)))
