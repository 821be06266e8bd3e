"""Who may see the state of the service: an operator's account or token, or an address that the deployment names."""

import ipaddress
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from project.accounts.access import Can, may
from project.accounts.tokens import user_for_token
from project.problems import Absent

View = Callable[[HttpRequest], HttpResponse]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
MARK = "token "


def operators_only(view: View) -> View:
    """Everybody else sees what absent pages look like."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not (_from_allowed_address(request) or _by_token(request) or may(request.user, Can.OPERATE)):
            raise Absent
        return view(request)

    return guarded


def _by_token(request: HttpRequest) -> bool:
    value = request.headers.get("Authorization", "")
    known = user_for_token(value[len(MARK) :].strip()) if value.lower().startswith(MARK) else None
    return known is not None and may(known[0], Can.OPERATE, known[1])


def _from_allowed_address(request: HttpRequest) -> bool:
    """Only for a direct connection: behind a proxy every caller has the proxy's address."""
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        caller = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(caller in ipaddress.ip_network(network, strict=False) for network in settings.OPERATOR_ADDRESSES)
