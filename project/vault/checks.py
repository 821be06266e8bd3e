"""System checks of the vault: said at start-up, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import Error as DatabaseError

from project.vault.registration import ring_faults
from project.vault.router import KEYS

RESTORE = "Restore the key ring (KEYRING) that belongs to this key store (KEYSTORE_URL). Never start without it."


@checks.register("vault")
def the_ring_is_private(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """The ring's folder, where it exists, is closed to everybody else."""
    folder = Path(settings.KEYRING)
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        return [
            checks.Error(f"The key ring {folder} can be entered by others.", f"chmod 700 {folder}", id="vault.E001")
        ]
    return []


@checks.register(checks.Tags.database)
def the_ring_fits_the_key_store(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """The ring holds the keys that the key store was written with (`manage.py check --database keys`)."""
    if KEYS not in (databases or ()):
        return []
    try:
        faults = ring_faults()
    except DatabaseError:
        return []  # not migrated yet: there is nothing that a wrong ring could open or lose
    return [checks.Error(fault, RESTORE, id="vault.E002") for fault in faults]
