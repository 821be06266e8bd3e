"""API views that everybody calls hundreds of times a day, without what such a call never uses.

`swift` is REST framework's `api_view` for POST and stays one: sessions, other bodies, other wishes for the answer and
the API's own description go through it. An ordinary call, which a token signs and which sends and takes JSON, has the
same function, authentication, permission, parser, problems and encoder, but nothing is negotiated for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from project.accounts.tokens import Tokens
from project.api import BoundedJSON
from project.browsers import is_program

JSON: Final = "application/json"
ANY: Final = frozenset({"", "*/*", JSON, "application/json, */*;q=0.5"})
_renderer: Final = JSONRenderer()
_parser: Final = BoundedJSON()


class Call:
    """What an API function asks of its request: who, by which token, and what was sent. Raises AuthenticationFailed."""

    authenticators: tuple[Any, ...] = ()
    method: Final = "POST"

    def __init__(self, request: HttpRequest) -> None:
        self._request, self.META = request, request.META
        known = Tokens().authenticate(self)
        if known is None:
            raise NotAuthenticated
        self.user, self.auth = known
        request.user = self.user

    @property
    def headers(self) -> Any:
        return self._request.headers

    @cached_property
    def data(self) -> Any:
        """Read when it is asked for, after the permission. No body is an empty object. Raises ParseError, TooLarge."""
        if self._request.META.get("CONTENT_LENGTH") in {"", "0", None}:
            return {}
        return _parser.parse(self._request, JSON, {"encoding": "utf-8"})


class Swift(APIView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not is_ordinary(request):
            return super().dispatch(request, *args, **kwargs)
        self.args, self.kwargs, self.request = args, kwargs, request  # type: ignore[assignment]  # for an error's handler
        return self._whole(self.answer(request))

    def answer(self, request: HttpRequest) -> Response:
        try:
            call = Call(request)
            self.check_permissions(call)  # type: ignore[arg-type]  # what permissions ask for, it has
            answer: Response = self.post(call, *self.args, **self.kwargs)  # type: ignore[attr-defined]  # of the function's class
        except Exception as error:  # the framework's own way: what it does not know, it raises again
            answer = self.handle_exception(error)
        return answer

    def _whole(self, answer: Response) -> HttpResponse:
        body = b"" if answer.data is None else _renderer.render(answer.data)
        headers = {"Allow": "POST, OPTIONS", **answer.headers}
        headers["Content-Type"] = answer.content_type or JSON
        return HttpResponse(body, status=answer.status_code, headers=headers)


def is_ordinary(request: HttpRequest) -> bool:
    """Signed by a token; POST; JSON, or nothing, there; JSON, or anything, back."""
    said = request.META
    return (
        request.method == "POST"
        and is_program(request)
        and said.get("HTTP_ACCEPT", "") in ANY
        and (said.get("CONTENT_TYPE") == JSON or said.get("CONTENT_LENGTH") in {"", "0", None})
        and "HTTP_TRANSFER_ENCODING" not in said
    )


def swift(function: Callable[..., Response]) -> Callable[..., Any]:
    """Beneath extend_schema and above permission_classes, in place of api_view(["POST"])."""
    plain = api_view(["POST"])(function)
    named = {"__module__": function.__module__, "__doc__": function.__doc__}
    view: Callable[..., Any] = type(function.__name__, (Swift, plain.cls), named).as_view()  # type: ignore[attr-defined]  # api_view puts `cls` there
    return view
