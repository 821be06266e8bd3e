"""What people are told. `tell(...)` writes a row in the caller's transaction; mail follows from the row."""

from __future__ import annotations

from typing import Any


def tell(*args: Any, **kwargs: Any) -> Any:
    """See project.notices.actions.tell; imported late, so that apps can import this package before models load."""
    from project.notices.actions import tell as tell_now

    return tell_now(*args, **kwargs)


__all__ = ["tell"]
