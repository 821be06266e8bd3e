"""The ledger: who did what to which object, and when; never content.

`ledger.record(...)` is an explicit call inside the business transaction. Loads on first use, so that this package can
be imported before the apps are ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from project.ledger.errors import ContentInLedger, OutsideTransaction
    from project.ledger.recording import only_if, prepared, record, record_many, unfinished, within

_RECORDING = ("only_if", "prepared", "record", "record_many", "unfinished", "within")
__all__ = [
    "ContentInLedger",
    "OutsideTransaction",
    "only_if",
    "prepared",
    "record",
    "record_many",
    "unfinished",
    "within",
]


def __getattr__(name: str) -> Any:
    if name in _RECORDING:
        from project.ledger import recording

        return getattr(recording, name)
    if name in __all__:
        from project.ledger import errors

        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
