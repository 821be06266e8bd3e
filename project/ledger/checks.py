"""System checks: the triggers that make the ledger append-only are there and always on; the witness can be one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import Error as DatabaseError
from django.db import connections

from project.ledger.witness import is_address

GUARDED: Final = ("entry", "leaf", "node", "checkpoint", "origin", "keychange")
HINT: Final = "Run `manage.py migrate`, find out who removed it, then run `manage.py verify_ledger`."


def guards() -> dict[str, set[str]]:
    """Trigger names that must be on, by table."""
    wanted = {f"ledger_{name}": {f"ledger_{name}_append_only", f"ledger_{name}_never_emptied"} for name in GUARDED}
    wanted["ledger_entry"].add("ledger_entry_awaits_seal")
    wanted["ledger_unsealed"] = {"ledger_unsealed_until_sealed", "ledger_unsealed_never_emptied"}
    return wanted


def missing_guards(using: str = "default") -> list[str]:
    """Names of triggers that are gone, or don't fire always (tgenabled 'A')."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'")
        present = {row[0] for row in cursor.fetchall()}
    return sorted(name for names in guards().values() for name in names if name not in present)


@checks.register(checks.Tags.database)
def the_ledger_is_guarded(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    if "default" not in (databases or ()):
        return []
    try:
        if not _migrated():
            return []
        missing = missing_guards()
    except DatabaseError:
        return []  # the database itself is away: readiness says so
    return [checks.Error(f"The ledger's trigger {name} is missing or off.", HINT, id="ledger.E001") for name in missing]


def _migrated() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT to_regclass('ledger_entry') IS NOT NULL")
        return bool(cursor.fetchone()[0])


@checks.register("ledger")
def the_witness_can_be_reached(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """A witness is a folder by its whole path, or an http(s) address with a host."""
    witness = settings.LEDGER_WITNESS
    if not witness or Path(witness).is_absolute() or (is_address(witness) and urlsplit(witness).hostname):
        return []
    hint = "Give a folder by its whole path, or an address https://..."
    return [checks.Error("LEDGER_WITNESS is neither a folder nor an address.", hint, id="ledger.E002")]
