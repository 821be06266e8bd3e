"""What every answer tells a browser, whatever serves it. Settings import this: nothing of Django in here."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

ALWAYS: Final = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Of what loads nothing and is no page: the API's answers, styles and scripts.
NOTHING_LOADS: Final = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def of_static_files(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """WhiteNoise answers before most of our middleware."""
    headers["Content-Security-Policy"] = NOTHING_LOADS
    for name, value in ALWAYS.items():
        headers[name] = value
