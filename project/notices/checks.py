"""System checks: a way that cannot work is said at start-up, by its name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from project.notices.outside import NoSuchAddress, opened

HINT = "APPRISE_URLS: name=address, blanks between them; docs/notifications.md says more."


@checks.register("notices")
def the_organisations_addresses_can_be_read(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Each name has an address that some service of apprise understands. Nothing is sent."""
    return [
        checks.Error(f"No service of apprise understands the address called {name}.", HINT, id="notices.E001")
        for name, address in settings.APPRISE_URLS.items()
        if not _is_understood(address)
    ]


def _is_understood(address: str) -> bool:
    try:
        opened(address)
    except NoSuchAddress:
        return False
    return True
