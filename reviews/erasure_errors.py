"""What can go wrong in an erasure, as short codes: for the row, the ledger and the pages. Never content."""

from typing import Final
from uuid import UUID

from django.db import DatabaseError

from project.vault import StoreFault, VaultError
from reviews.certificates import Finding

Failures = dict[UUID, Exception]
"""What stood in the way, by the id of the erasure."""


class NotErased(Exception):
    """The verifier still found something. Names the stores, never what was in them."""

    def __init__(self, findings: list[Finding]) -> None:
        self.stores = [finding.store for finding in findings if not finding.is_clean]
        super().__init__("not erased: " + ", ".join(self.stores))


_CODES: Final = (
    (StoreFault, "blob-store-or-ring"),
    (VaultError, "vault"),
    (DatabaseError, "database-or-key-store-away"),
    (OSError, "blob-store-or-ring"),
)


def fails_alone(code: str) -> bool:
    """Whether an order that failed so is next tried by itself: for a reason that nobody expected, so that whatever it
    is can't take a batch along. A store that is away or says no is everybody's reason.
    """
    return code.startswith(("unexpected", "vault"))


def error_code(error: Exception) -> str:
    """A code of at most 60 characters for the erasure's row."""
    if isinstance(error, NotErased):
        return ("left-in:" + ",".join(error.stores))[:60]
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return f"unexpected:{type(error).__name__}"[:60]
