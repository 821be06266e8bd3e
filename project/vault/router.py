"""Sends every vault table to the key store's own database, and nothing else there."""

from __future__ import annotations

from typing import Any, Final

KEYS: Final = "keys"
LABEL: Final = "vault"


class KeystoreRouter:
    """Database router: app `vault` lives in alias `keys`, everything else never does."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        return KEYS if model._meta.app_label == LABEL else None

    def db_for_write(self, model: type[Any], **hints: Any) -> str | None:
        return KEYS if model._meta.app_label == LABEL else None

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        ours = [obj._meta.app_label == LABEL for obj in (obj1, obj2)]
        return all(ours) if any(ours) else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return (app_label == LABEL) == (db == KEYS)
