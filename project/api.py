"""What every API view shares: strict input, cursor paging, the permission that asks the role table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any, TypeVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser

from project.problems import TooLarge

View = TypeVar("View")


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses fields it does not know: a misspelt field is an error, never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) or hasattr(data, "keys"):
            unknown = sorted(set(data.keys()) - set(self.fields) - {"csrfmiddlewaretoken"})
            if unknown:
                raise serializers.ValidationError(
                    {str(name)[:100]: ["This field is not known here."] for name in unknown[:20]}
                )
        return super().to_internal_value(data)

    def create(self, validated_data: Any) -> Any:
        raise TypeError("Input is carried out by an action, not by a serializer.")

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise TypeError("Input is carried out by an action, not by a serializer.")


class BoundedJSON(JSONParser):
    """JSON bodies within Django's own bound for what is not a file, which REST framework reads past.

    Raises TooLarge (413); ParseError (400) for nesting so deep that it would exhaust the interpreter's stack.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"A body may have {most // 1024} KiB here.")
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error") from error


class Pages(CursorPagination):
    """Cursor pages, newest first: cost does not grow with history."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-pk"


def in_pages(pages: type[Pages]) -> Callable[[View], View]:
    """Outermost on a view that answers with such pages, so that the API's description says so."""

    def mark(view: Any) -> Any:
        view.cls.pagination_class = pages
        return view

    return mark


def answer_heads(patterns: Iterable[Any], *, but: Sequence[str]) -> None:
    """HEAD wherever GET is (RFC 9110 section 9.1), but for routes with these endings, whose GET is an act: what they
    give out is counted as heard, read or handed over, and HEAD would count what nobody got.
    """
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            answer_heads(pattern.url_patterns, but=but)
            continue
        methods = getattr(getattr(pattern.callback, "cls", None), "http_method_names", ["head"])
        if "get" in methods and "head" not in methods and not str(pattern.pattern).endswith(tuple(but)):
            methods.append("head")
