"""The one refusal of the vault that people get to see."""

from __future__ import annotations

from project.problems import Unavailable
from project.vault.errors import VaultError


class StoreFault(VaultError, Unavailable):
    """The blob store refused, is away, too slow or full. Nothing was lost; it is tried again. HTTP answers 503."""

    code = "blob-store-away"
    title = "The store of recordings is away. Please try again shortly."

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}
