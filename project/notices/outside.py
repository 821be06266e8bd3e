"""The organisation's own ways: addresses for apprise, each under a name of its own. The addresses are secrets.

    APPRISE_URLS="on-call=ntfys://... desk=msteams://..."     (or APPRISE_URLS_FILE; blanks or lines between them)

Only the names leave this module: rows, pages, logs and errors never have an address.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings


class NotTaken(Exception):
    """The service did not take it. Why stands in apprise's log alone, which quotes addresses and is shut."""


class NoSuchAddress(Exception):
    """No address of that name is set any more, or it cannot be read."""


def opened(address: str) -> Any:
    """An apprise with this one address. Raises NoSuchAddress for what no service of apprise understands."""
    import apprise  # here: it costs a tenth of a second, and only a worker and a check ever need it

    asset = apprise.AppriseAsset(app_id="Earshot", app_desc="Earshot", storage_mode="memory", async_mode=False)
    service = apprise.Apprise(asset=asset)
    if not service.add(address):
        raise NoSuchAddress
    return service


def hand_over(name: str, title: str, body: str) -> None:
    """Give it to the service. Raises NoSuchAddress, NotTaken, and whatever else a service of apprise may raise."""
    address = settings.APPRISE_URLS.get(name)
    if address is None:
        raise NoSuchAddress
    if not opened(address).notify(title=title, body=body):
        raise NotTaken
