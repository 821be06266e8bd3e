"""Who may do what: the whole table of roles, in one place. Pages, API, sockets and commands all ask `may`.

Deny by default: what is not in the table is refused, and refused looks the same as absent (404).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from project.problems import Absent, SignInAgain

if TYPE_CHECKING:
    from rest_framework.permissions import BasePermission

    from project.accounts.models import ApiToken, User

View = Callable[..., HttpResponse]


class Role(TextChoices):
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    LEGAL = "legal"
    COUNSEL = "counsel"
    MODERATOR = "moderator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    WORKS_COUNCIL = "works_council"
    SERVICE = "service"


class Can(StrEnum):
    REVIEW = "review clips on an own shift"
    RUN_QUEUE = "see and steer the team's queue and shifts"
    TRIAGE = "triage the team's cases"
    SET_CALENDARS = "set when teams work"
    ON_CALL = "see who is on call"
    READ_CASES = "read cases that concern them"
    LEGAL = "work on referred cases"
    EXPORT = "export evidence"
    READ_EXPORT_RECEIPTS = "read what was exported, without content"
    READ_ERASURES = "read the state of erasures"
    UNDO_ERASURE = "take back an order to erase"
    READ_CERTIFICATES = "read certificates of erasure"
    READ_LEDGER = "read the ledger"
    ROOMS = "take part in support rooms"
    MODERATE = "moderate support rooms"
    OWN_WELLBEING = "read and write what is about oneself"
    INSIGHTS = "read figures of groups of five or more"
    ADMINISTER = "manage accounts, teams, policies"
    INGEST = "hand in clips"
    FEED = "read the annotation feed"
    ERASE_SUBJECT = "order the erasure of a data subject's clips"
    PROVISION = "close and open accounts for an identity provider"
    OPERATE = "read the state of the service"
    NOTICES = "read own notices"
    READ_SENDS = "see whose mails do not get through"


_EVERYBODY: Final = frozenset(Role)
_PEOPLE: Final = frozenset(Role) - {Role.SERVICE}

ROLES_THAT: Final[Mapping[Can, frozenset[Role]]] = {
    Can.REVIEW: frozenset({Role.REVIEWER}),
    Can.RUN_QUEUE: frozenset({Role.SUPERVISOR}),
    Can.TRIAGE: frozenset({Role.SUPERVISOR}),
    Can.SET_CALENDARS: frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    Can.ON_CALL: frozenset({Role.SUPERVISOR, Role.LEGAL}),
    Can.READ_CASES: frozenset({Role.SUPERVISOR, Role.LEGAL, Role.COUNSEL}),
    Can.LEGAL: frozenset({Role.LEGAL}),
    Can.EXPORT: frozenset({Role.LEGAL}),
    Can.READ_EXPORT_RECEIPTS: frozenset({Role.LEGAL, Role.AUDITOR}),
    Can.READ_ERASURES: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
    Can.UNDO_ERASURE: frozenset({Role.REVIEWER, Role.SUPERVISOR}),
    Can.READ_CERTIFICATES: frozenset({Role.SUPERVISOR, Role.LEGAL, Role.AUDITOR}),
    Can.READ_LEDGER: frozenset({Role.AUDITOR}),
    Can.ROOMS: frozenset({Role.REVIEWER, Role.MODERATOR}),
    Can.MODERATE: frozenset({Role.MODERATOR}),
    Can.OWN_WELLBEING: frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.LEGAL, Role.COUNSEL, Role.MODERATOR}),
    Can.INSIGHTS: frozenset({Role.SUPERVISOR, Role.WORKS_COUNCIL}),
    Can.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
    Can.INGEST: frozenset({Role.SERVICE}),
    Can.FEED: frozenset({Role.SERVICE}),
    Can.ERASE_SUBJECT: frozenset({Role.SERVICE}),
    Can.PROVISION: frozenset({Role.SERVICE}),
    Can.OPERATE: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Can.NOTICES: _PEOPLE,
    Can.READ_SENDS: frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
}

# A room is no safe place when somebody's boss reads along, whatever else that account may be.
SHUTS_OUT: Final[Mapping[Can, frozenset[Role]]] = {
    Can.ROOMS: frozenset({Role.SUPERVISOR, Role.LEGAL, Role.ADMINISTRATOR}),
    Can.MODERATE: frozenset({Role.SUPERVISOR, Role.LEGAL, Role.ADMINISTRATOR}),
}

# Outside counsel is nobody of the house: one case that legal let them into, and no second role that shows more.
STANDS_ALONE: Final = Role.COUNSEL

# A token with a scope may do that and nothing else; one without may do all that its account's roles allow.
SCOPES: Final[Mapping[str, Can]] = {
    "ingest": Can.INGEST,
    "feed": Can.FEED,
    "erasure": Can.ERASE_SUBJECT,
    "accounts": Can.PROVISION,
}

NEVER_TOGETHER: Final = (Role.MODERATOR, (Role.SUPERVISOR, Role.LEGAL, Role.ADMINISTRATOR))


def may(user: Any, can: Can, token: ApiToken | None = None) -> bool:
    """May this account do that, with this token? Anonymous and deactivated accounts may do nothing."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    roles = frozenset(user.roles)
    if roles & SHUTS_OUT.get(can, frozenset()) or not roles & ROLES_THAT[can]:
        return False
    return token is None or not token.scope or SCOPES.get(token.scope) == can


def needs(can: Can) -> Callable[[View], View]:
    """A page that asks the role table: strangers sign in, the wrong role sees the page that absent things have."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                # Imported late, here and below: both modules ask for the user model, which asks for this one.
                from django.contrib.auth.views import redirect_to_login

                return redirect_to_login(request.get_full_path())
            if not may(request.user, can):
                raise Absent
            return view(request, *args, **kwargs)

        guarded.needs = can  # type: ignore[attr-defined]  # the walk test reads the table from the URLs
        return guarded

    return decorate


def needs_api(*anyof: Can) -> type[BasePermission]:
    """The same question for REST framework: anonymous is 401, no such method 405, the wrong role or scope 404."""

    from rest_framework.exceptions import MethodNotAllowed
    from rest_framework.permissions import BasePermission

    class AsksTheRoleTable(BasePermission):
        needs = anyof

        def has_permission(self, request: Any, view: Any) -> bool:
            token = request.auth
            if not request.user or not request.user.is_authenticated:
                return False
            if not hasattr(view, request.method.lower()):  # the address is in the public description, its methods too
                raise MethodNotAllowed(request.method)
            if not any(may(request.user, can, token) for can in anyof):
                raise Absent
            return True

    return AsksTheRoleTable


def is_fresh(request: Any) -> bool:
    """Signed in within the last five minutes: by the token's issue, or by the session's last authentication."""
    oldest = timezone.now() - timedelta(seconds=settings.FRESH_SIGN_IN_SECONDS)
    token = getattr(request, "auth", None)
    if token is not None:
        return bool(token.created >= oldest)
    # allauth counts only a second asking; signing in a minute ago is as good, and nothing else counts.
    from allauth.account.internal.flows.login import get_authentication_records

    session = getattr(request, "_request", request)
    last = max((record["at"] for record in get_authentication_records(session, request.user)), default=0.0)
    return bool(last >= oldest.timestamp())


def fresh_sign_in_required(view: View) -> View:
    """A step-up: acts that cannot be taken back ask for the password or passkey again after five minutes."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        if getattr(request, "auth", None) is not None or request.path.startswith("/api/"):
            raise SignInAgain
        return _sign_in_again(request)

    return guarded


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the password or passkey, and back to where the person came from.

    allauth could keep the form and send it itself, but it would keep it in the session, in the clear: what was
    typed may be content, so the person presses the button again instead.
    """
    came_from = urlsplit(request.headers.get("Referer", ""))
    back = came_from.path if came_from.netloc == request.get_host() else "/"
    messages.info(request, "Please confirm that it is you. Then press the button again: nothing was done yet.")
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def line_of_command(user: User) -> frozenset[UUID]:
    """The supervisors of this person's team: they never decide on what the person reported."""
    if user.team_id is None:
        return frozenset()
    return frozenset(user.team.supervisors.values_list("pk", flat=True))  # type: ignore[union-attr]  # team_id is set
