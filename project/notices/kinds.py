"""Every kind of thing people are told, with its words. No kind has a place for content: only what, where, by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """`url_name` leads to the page about it; it gets the subject's id where `with_id` says so.

    `urgent` breaks quiet hours: danger to life, or a call to whoever took a duty. `outside`: told to the addresses of
    the organisation too; never what is a person's own, such as a report or a pseudonym. `team`: the person's
    supervisor may learn that its mail failed; of anything else that alone could tell them who reported what.
    """

    code: str
    title: str
    body: str
    url_name: str = "home"
    with_id: bool = False
    mail: bool = True
    urgent: bool = False
    outside: bool = False
    team: bool = False


_KINDS: Final[dict[str, Kind]] = {}


def kind(code: str, title: str, body: str, url_name: str = "home", **more: bool) -> Kind:
    """Declare a kind once, at import: `more` are Kind's switches. The code is stored; words may be improved."""
    if code in _KINDS:
        raise ValueError(f"notice kind {code} is declared twice")
    _KINDS[code] = Kind(code, title, body, url_name, **more)
    return _KINDS[code]


def codes_of_teams() -> list[str]:
    """Kinds whose failing a person's supervisor may see."""
    return [one.code for one in _KINDS.values() if one.team]


def kind_of(code: str) -> Kind:
    """The kind; for a code that an older version wrote and this one no longer knows, a plain one."""
    return _KINDS.get(code) or Kind(code, "Something concerns you", "Please look at your home page.")


PROPOSAL_WAITS: Final = kind(
    "proposal-waits",
    "An act waits for a second person",
    "A colleague proposed something that needs your approval or your no.",
    "accounts:proposals",
)
