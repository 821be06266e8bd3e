"""What this provider says of its people: their groups, and whether they used a second factor."""

from __future__ import annotations

import json
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings


class Claims(DefaultOIDCAdapter):
    def get_claims(self, purpose: Any, user: Any, client: Any, scopes: Any, email: Any = None, **kwargs: Any) -> Any:
        claims = super().get_claims(purpose, user, client, scopes, email=email, **kwargs)
        said = json.loads((settings.FOLDER / "people.json").read_text())
        return {**claims, **said.get(user.email, {})}
