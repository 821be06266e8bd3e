"""The organisation's sign-on, narrowed where allauth trusts more than it has to: what the provider answers counts only
with its signature, for this very sign-in, from the issuer that the settings name.

allauth believes an ID token that came straight from the provider over TLS (OpenID Connect Core 3.1.3.7). Here its
signature is checked all the same, and its nonce, which is made of the browser's own secret (PKCE's verifier).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, Final

import jwt
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from requests import RequestException

# Signatures that need the provider's private key: with a shared secret, or without a key, anybody could make one.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)  # fmt: skip


def nonce_of(verifier: str) -> str:
    """What the provider has to write into its token; it tells nothing of the verifier."""
    return hashlib.sha256(b"nonce of " + verifier.encode()).hexdigest()


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    verifier = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description. Raises OAuth2Error for another issuer's, RequestException."""
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != named_issuer():
            raise OAuth2Error("another issuer")
        return config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        self.verifier = pkce_code_verifier or ""
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Raises OAuth2Error where there is no ID token, or what else was told is of somebody else (Core 5.3.2)."""
        login: SocialLogin = super().complete_login(request, app, token, **kwargs)
        told = login.account.extra_data
        if told.get("id_token", {}).get("sub") != told.get("userinfo", {}).get("sub"):
            raise OAuth2Error("another person")
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            if jwt.get_unverified_header(id_token)["alg"] not in ALGORITHMS:
                raise OAuth2Error("another algorithm")
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("unreadable") from error
        if not self.verifier or not secrets.compare_digest(str(claims.get("nonce")), nonce_of(self.verifier)):
            raise OAuth2Error("of another sign-in")
        return claims


class OrganisationsProvider(OpenIDConnectProvider):
    oauth2_adapter_class = StrictAdapter

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_pkce_params()
        return {**params, "nonce": nonce_of(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """Whoever is signed in comes to confirm who they are: the provider has to ask, and not to remember."""
        params: dict[str, Any] = self.get_auth_params()
        return {**params, "prompt": "login"} if request.user.is_authenticated else params


def named_issuer() -> str:
    return str(settings.OIDC_ISSUER).partition("/.well-known/")[0].rstrip("/")


def _view(kind: Any) -> Callable[[HttpRequest, str], HttpResponse]:
    @login_not_required
    def view(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            answer: HttpResponse = kind.adapter_view(StrictAdapter(request, provider_id))(request)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error
        except (OAuth2Error, RequestException):
            messages.error(request, "Your organisation's sign-on cannot be used right now. Please tell them.")
            return redirect("account_login")
        return answer

    return view


login = _view(OAuth2LoginView)
callback = _view(OAuth2CallbackView)
