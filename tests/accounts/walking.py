"""Every address that there is, and how one of them is asked: by whom, for what, and with nothing left behind."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from tests.accounts.expectations import API, OPERATORS, PAGES

OTHERS: Final = ("accounts/", "admin/")  # allauth's own pages and Django's admin: walked by tests of their own
CONVERTER: Final = re.compile(r"<(?:([^:>]+):)?([^>]+)>")
# Of the 404 page: the form's token is masked anew each time, and the menu marks where one is.
CHANGES_EACH_TIME: Final = re.compile(
    rb'csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^}]*}|aria-current="page"|nonce="[^"]*"'
)


class Address(NamedTuple):
    """One row of the walk: an address, the method it answers, who may, and what its ids are ids of."""

    route: str
    name: str
    method: str
    who: frozenset[str]

    @property
    def key(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of what stands in the address, in order."""
        return tuple(name for _, name in CONVERTER.findall(self.route))

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    def filled(self, ids: Mapping[str, object]) -> str:
        """With these ids; whatever is missing is made up."""
        return "/" + CONVERTER.sub(lambda match: str(ids.get(match.group(2)) or made_up(match.group(1))), self.route)


def made_up(converter: str) -> str:
    return {"uuid": str(uuid.uuid4()), "int": "4711", "slug": "nothing-here"}[converter]


def _patterns(resolver: Any, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _patterns(pattern, prefix + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), f"{space}{pattern.name}", pattern.callback


def routes() -> list[tuple[str, str, Any]]:
    """Every route, its name and its view; without those for operators and those of allauth and the admin."""
    found = [one for one in _patterns(get_resolver()) if not one[0].startswith(OTHERS)]
    return [one for one in found if one[1] not in OPERATORS]


def api_key(route: str) -> str:
    """As the table of expectations names it."""
    return re.sub(r"<([^:>]+)(:[^>]*)?>", r"<\1>", route.removeprefix("api/v1/"))


def addresses() -> list[Address]:
    """What the table of expectations says of each route; routes that it does not name are left to another test."""
    rows = []
    for route, name, _ in routes():
        if route.startswith("api/"):
            rows += [Address(route, api_key(route), *one) for one in API.get(api_key(route), {}).items()]
        elif name in PAGES:
            rows.append(Address(route, name, *PAGES[name]))
    return rows


def answer(client: Any, method: str, path: str, body: Mapping[str, Any]) -> HttpResponse:
    """Ask, and undo whatever came of it."""
    cookies = copy(client.cookies)
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # an act's own transaction is its outermost all the same
    with block:
        if path.startswith("/api/"):
            answered = client.generic(method, path, json.dumps(body), content_type="application/json")
        elif method == "POST":
            answered = client.post(path, dict(body))
        else:
            answered = client.generic(method, path)
        _ = b"".join(answered.streaming_content) if answered.streaming else b""
        transaction.set_rollback(True)
    client.cookies = cookies
    return answered  # type: ignore[no-any-return]


def seen(answered: HttpResponse) -> tuple[int, bytes]:
    """What tells one answer from another for whoever asked."""
    body = b"" if answered.streaming else CHANGES_EACH_TIME.sub(b"", answered.content)
    return answered.status_code, answered.headers.get("Location", "").encode() + body
