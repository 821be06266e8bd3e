"""System checks of who gets in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.core import checks
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

COOKIE_NAMES: Final = (
    "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "KNOWN_BROWSER_COOKIE_NAME", "MESSAGES_COOKIE_NAME",
)  # fmt: skip


@checks.register(checks.Tags.security)
def sign_on_is_encrypted(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """What the provider's own address answers is believed, so in production nobody may stand between."""
    if settings.SECURE and settings.OIDC_ISSUER.startswith("http://"):
        hint = "Set OIDC_ISSUER to the provider's https address."
        return [checks.Error("OIDC_ISSUER is not encrypted.", hint=hint, id="accounts.E001")]
    return []


@checks.register(checks.Tags.security)
def known_roles_only(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """A misspelt role would silently give nothing."""
    from project.accounts.access import Role

    unknown = sorted({role for _, role in settings.OIDC_ROLES} - set(Role.values))
    if not unknown:
        return []
    hint = f"OIDC_ROLES maps groups to these roles: {', '.join(Role.values)}."
    return [checks.Error(f"OIDC_ROLES names no role: {', '.join(unknown)}.", hint=hint, id="accounts.E002")]


@checks.register(checks.Tags.security)
def forms_are_protected(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """In place of Django's security.W003, which looks for its own class by name and not for what is made of it."""
    for path in settings.MIDDLEWARE:
        found = import_string(path)
        if isinstance(found, type) and issubclass(found, CsrfViewMiddleware):
            return []
    return [checks.Error("No middleware protects forms from other sites.", id="accounts.E003")]


@checks.register(checks.Tags.security)
def cookies_are_this_hosts_own(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """Without the prefix another host of the same domain could set a cookie that we would believe."""
    names = [getattr(settings, name) for name in COOKIE_NAMES]
    bare = [name for name in names if settings.SECURE and not name.startswith("__Host-")]
    return [checks.Error(f"Cookies lack the prefix __Host-: {', '.join(bare)}.", id="accounts.E004")] if bare else []
