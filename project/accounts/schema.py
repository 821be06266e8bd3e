"""How the API's own description names our tokens, and how strict its input is."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from rest_framework import serializers


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
    """What `project.api.StrictSerializer` refuses, the description says: unknown fields, and text left blank."""

    target_class = "project.api.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["additionalProperties"] = False
        for name, field in self.target.fields.items():
            _not_blank(field, schema.get("properties", {}).get(name, {}))
        return schema


def _not_blank(field: Any, described: dict[str, Any]) -> None:
    if isinstance(field, serializers.ListField):
        _not_blank(field.child, described.get("items", {}))
    elif type(field) is serializers.CharField and not field.allow_blank and described.get("type") == "string":
        described.setdefault("minLength", 1)
        described.setdefault("pattern", r"\S")
    elif type(field) is serializers.TimeField:
        described.update(type="string", pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")
        described.pop("format", None)
