"""What the ledger refuses."""

from __future__ import annotations


class LedgerError(Exception):
    """Base of everything the ledger raises."""


class OutsideTransaction(LedgerError):
    """An entry must live or die with the change that it tells of, so it is only recorded inside a transaction."""


class ContentInLedger(LedgerError):
    """A fact that could carry content. The message names the fact, never its value."""


class NotSealedYet(LedgerError):
    """The entry is written but not in the tree of that size yet; the sealer runs every few seconds."""


class NoSuchTree(LedgerError):
    """No checkpoint covers a tree of that size."""
