"""What an identity provider needs to close an account the moment somebody leaves: a small part of SCIM 2.0.

RFC 7643 (the shape of a user) and RFC 7644 (3.4.1 one user, 3.4.2 a list filtered by userName, 3.5.2 PATCH of
`active`, 3.6 DELETE). Nothing here makes accounts or gives roles. DELETE closes: nobody is ever removed.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.actions.accounts import deactivate, reactivate
from project.accounts.models import User
from project.api import BoundedJSON
from project.problems import Absent, Invalid

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MOST_OPERATIONS: Final = 10
_FILTER: Final = re.compile(r'\s*userName\s+eq\s+"([^"\0]{3,254})"\s*', re.IGNORECASE)
_ANY_CASE: Final = r'^\s*[uU][sS][eE][rR][nN][aA][mM][eE]\s+[eE][qQ]\s+"[^"\u0000]{3,254}"\s*$'
_TRUTH: Final = {"oneOf": [{"type": "boolean"}, {"type": "string", "enum": ["true", "false", "True", "False"]}]}
_REPLACE: Final = {"type": "string", "enum": ["replace", "Replace"]}
_OPERATION: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["op", "value"],
    "oneOf": [
        {"required": ["path"], "properties": {"op": _REPLACE, "path": {"enum": ["active"]}, "value": _TRUTH}},
        {
            "not": {"required": ["path"]},
            "properties": {
                "op": _REPLACE,
                "value": {
                    "type": "object",
                    "required": ["active"],
                    "properties": {"active": _TRUTH},
                    "additionalProperties": False,
                },
            },
        },
    ],
}
PATCH_OP: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["Operations"],
    "properties": {"Operations": {"type": "array", "minItems": 1, "maxItems": MOST_OPERATIONS, "items": _OPERATION}},
}


class ScimJSON(BoundedJSON):
    media_type = "application/scim+json"


def _shape(user: User) -> dict[str, Any]:
    return {"schemas": [USER], "id": str(user.pk), "userName": user.email, "active": user.is_active}


def _wanted(data: Any) -> bool:
    """The value of `active` that these operations ask for. Raises Invalid for anything else."""
    operations = data.get("Operations") if isinstance(data, dict) else None
    if not isinstance(operations, list) or not 1 <= len(operations) <= MOST_OPERATIONS:
        raise Invalid("Send 1 to 10 Operations; only `active` can be replaced here.")
    found = [_active_of(operation) for operation in operations]
    return found[-1]


def _active_of(operation: Any) -> bool:
    if isinstance(operation, dict) and str(operation.get("op", "")).lower() == "replace":
        value, path = operation.get("value"), operation.get("path")
        if path is None and isinstance(value, dict) and set(value) == {"active"}:
            value, path = value["active"], "active"
        # Some providers send the word instead of the value.
        value = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
        if path == "active" and isinstance(value, bool):
            return value
    raise Invalid("Only `active` can be replaced here, by true or false.")


@extend_schema(
    operation_id="scim_v2_Users_find",
    parameters=[
        OpenApiParameter(
            "filter",
            {"type": "string", "pattern": _ANY_CASE},
            required=True,
            description='userName eq "somebody@example.org"',
        )
    ],
    responses=OpenApiTypes.OBJECT,
)
@api_view(["GET"])
@permission_classes([needs_api(Can.PROVISION)])
def users(request: Request) -> Response:
    """The one account with that address, or an empty list. There is no list of everybody."""
    match = _FILTER.fullmatch(request.query_params.get("filter", ""))
    if match is None:
        raise Invalid('The filter must be: userName eq "somebody@example.org"')
    found = [_shape(user) for user in User.objects.filter(email=match.group(1).strip().lower())]
    return Response({"schemas": [LIST], "totalResults": len(found), "itemsPerPage": len(found), "Resources": found})


@extend_schema(methods=["PATCH"], request={"application/scim+json": PATCH_OP, "application/json": PATCH_OP})
@extend_schema(responses={200: OpenApiTypes.OBJECT, 204: None})
@api_view(["GET", "PATCH", "DELETE"])
@permission_classes([needs_api(Can.PROVISION)])
@parser_classes([ScimJSON, BoundedJSON])
def user(request: Request, user_id: UUID) -> Response:
    """Read, close or open again one account. Closing ends its sign-ins, tokens, sockets and leases."""
    service, now = cast(User, request.user), timezone.now()
    if request.method == "GET":
        found = User.objects.filter(pk=user_id).first()
        if found is None:
            raise Absent
        return Response(_shape(found))
    if request.method == "DELETE":
        deactivate(user_id, acting_user=service, now=now)
        return Response(status=204)
    act = reactivate if _wanted(request.data) else deactivate
    return Response(_shape(act(user_id, acting_user=service, now=now)))
