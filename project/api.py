"""What every API view shares: strict input, cursor paging, the permission that asks the role table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from project.problems import TooLarge

View = TypeVar("View")
AS_TEXT: Final = "as_text"  # in a serializer's context: what comes in is text, not JSON with types of its own


# How the API's description says what a CharField refuses: NUL, and nothing but spaces.
NO_NUL: Final = r"^[^\u0000]*$"
# Not all of it space. \s is not the same everywhere: the separators and U+0085 are space to us, so they are named.
_SAID: Final = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"
TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "pattern": _SAID}


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, fields given twice, and JSON of another type than the field's: a misspelt
    field is an error, never silently dropped, and nothing is guessed. `either` tells the API's description what
    `validate` looks at: exactly one of these fields is there, and beside it others are described so, or (None) absent.
    """

    either: ClassVar[Sequence[tuple[str, Mapping[str, Any]]]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) or hasattr(data, "keys"):
            faults = dict.fromkeys(set(data.keys()) - set(self.fields) - _NOT_OURS, "This field is not known here.")
            faults |= dict.fromkeys(self._twice(data), "This was given twice; which one would count?")
            if type(data) is dict and not self.context.get(AS_TEXT):
                faults |= dict.fromkeys(self._of_other_types(data), "This is of another type.")
            if faults:
                raise serializers.ValidationError({str(name)[:100]: [faults[name]] for name in sorted(faults)[:20]})
        return super().to_internal_value(data)

    def _twice(self, data: Any) -> list[str]:
        if not hasattr(data, "getlist"):
            return []
        lists = {name for name, field in self.fields.items() if isinstance(field, serializers.ListField)}
        return [name for name in data.keys() - lists if len(data.getlist(name)) > 1]

    def _of_other_types(self, data: dict[str, Any]) -> list[str]:
        return [name for name in data.keys() & set(self.fields) if not is_of_type(self.fields[name], data[name])]

    def create(self, validated_data: Any) -> Any:
        raise TypeError("Input is carried out by an action, not by a serializer.")

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise TypeError("Input is carried out by an action, not by a serializer.")


_NOT_OURS: Final = frozenset({"csrfmiddlewaretoken"})
_TEXT: Final = (
    serializers.CharField, serializers.ChoiceField, serializers.UUIDField,
    serializers.DateTimeField, serializers.DateField, serializers.TimeField,
)  # fmt: skip


def is_of_type(field: Any, value: Any) -> bool:
    """Is this, as JSON had it, what the API's description says of the field? null is another question."""
    if value is None:
        return True
    if isinstance(field, serializers.ListField):
        return isinstance(value, list) and all(is_of_type(field.child, one) for one in value)
    if isinstance(field, serializers.DictField):
        return isinstance(value, dict) and all(is_of_type(field.child, one) for one in value.values())
    if isinstance(field, serializers.BooleanField):
        return isinstance(value, bool)
    if isinstance(field, serializers.IntegerField):
        return type(value) is int or (type(value) is float and value.is_integer())
    return not isinstance(field, _TEXT) or isinstance(value, str)


def query_in(kind: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The query, checked. Raises ValidationError, also for a name that is given twice or given nothing."""
    query = request.query_params
    twice = [name for name in query if len(query.getlist(name)) > 1]
    if twice:
        raise serializers.ValidationError(
            {name[:100]: ["This was given twice; which one would count?"] for name in twice[:20]}
        )
    form = kind(data=query.dict(), context={AS_TEXT: True})
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class BoundedJSON(JSONParser):
    """JSON bodies within Django's own bound for what is not a file, which REST framework reads past.

    Raises TooLarge (413); ParseError (400) for nesting so deep that it would exhaust the interpreter's stack, for
    numbers that are none, and for a name twice in one object: readers differ in which of the two they take.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"A body may have {most // 1024} KiB here.")
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_each_once)
        except (ValueError, RecursionError) as error:
            raise ParseError("JSON parse error") from error


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


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
