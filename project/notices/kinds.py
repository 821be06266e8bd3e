"""Every kind of thing people are told, with its words. No kind has a place for content: only what, where, by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """`url_name` leads to the page about it; it gets the subject's id where `with_id` says so."""

    code: str
    title: str
    body: str
    url_name: str = "home"
    with_id: bool = False
    mail: bool = True


_KINDS: Final[dict[str, Kind]] = {}


def kind(code: str, title: str, body: str, url_name: str = "home", *, with_id: bool = False, mail: bool = True) -> Kind:
    """Declare a kind once, at import. The code is stored; the words may be improved at any time."""
    if code in _KINDS:
        raise ValueError(f"notice kind {code} is declared twice")
    _KINDS[code] = Kind(code, title, body, url_name, with_id, mail)
    return _KINDS[code]


def kind_of(code: str) -> Kind:
    """The kind; for a code that an older version wrote and this one no longer knows, a plain one."""
    return _KINDS.get(code) or Kind(code, "Something concerns you", "Please look at your home page.")


PROPOSAL_WAITS: Final = kind(
    "proposal-waits",
    "An act waits for a second person",
    "A colleague proposed something that needs your approval or your no.",
    "accounts:proposals",
)
