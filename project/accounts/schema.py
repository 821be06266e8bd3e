"""How the API's own description names our tokens, and how strict its input is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from rest_framework import serializers

from project.api import NO_NUL, TEXT


class TokensScheme(OpenApiAuthenticationExtension):
    target_class = "project.accounts.tokens.Tokens"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and the token that `manage.py issue_token` printed, with a space between.",
        }


class StrictInput(OpenApiSerializerExtension):
    """What `project.api.StrictSerializer` refuses, the description says: unknown fields, text left blank, and what does
    not hold between fields.
    """

    target_class = "project.api.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["additionalProperties"] = False
        target: Any = self.target if isinstance(self.target, serializers.Serializer) else self.target()
        for name, field in target.fields.items():
            _complete(field, schema.get("properties", {}).get(name, {}))
        return {"oneOf": [_with(schema, *one) for one in target.either]} if target.either else schema


def _with(schema: dict[str, Any], name: str, beside: Mapping[str, Any]) -> dict[str, Any]:
    """The schema where this field is there, and others are as the field demands."""
    properties = {**schema["properties"], **beside}
    kept = {field: described for field, described in properties.items() if described is not None}
    return {**schema, "properties": kept, "required": sorted({*schema.get("required", []), name})}


def _complete(field: Any, described: dict[str, Any]) -> None:
    if isinstance(field, serializers.ListField):
        _complete(field.child, described.get("items", {}))
    elif isinstance(field, serializers.CharField) and described.get("type") == "string":
        refuses_spaces = not field.allow_blank and field.trim_whitespace
        described.setdefault("pattern", getattr(field, "pattern", TEXT["pattern"] if refuses_spaces else NO_NUL))
        if not field.allow_blank:
            described.setdefault("minLength", 1)
    elif type(field) is serializers.TimeField:
        described.update(type="string", pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")
        described.pop("format", None)
