"""The end of what was kept, made provable: keys are shredded, their absence is asked for, the ledger says so.

What a backup of the main database still holds of it can be opened by nobody, whatever is restored.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from project import vault


class NotShredded(RuntimeError):
    """A key is still there after its shred. Nothing is written; the sweep comes again."""


def shred_and_prove(object_ids: Collection[UUID], *, now: datetime) -> dict[str, object]:
    """Destroy these keys, look for them over a fresh connection, and say what the ledger needs. Outside transactions.

    `keys` are the destroyed keys' own ids, as in a certificate; `masters` the versions of the master key that wrapped
    them last: once those are destroyed, no backup of the key store brings them back. Raises NotShredded.
    """
    receipts = vault.shred_keys(object_ids, now=now)
    if left := vault.keys_present(list(object_ids)):
        raise NotShredded(f"{len(left)} keys are still there")
    return {
        "keys": sorted(str(receipt.key_id) for receipt in receipts.values()),
        "masters": sorted({receipt.master_version for receipt in receipts.values()}),
        "verified": True,
    }
