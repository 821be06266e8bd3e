"""How the API's own description names our tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


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
