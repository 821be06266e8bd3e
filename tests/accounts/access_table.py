"""docs/access-table.md: every address and every act of a socket, by role and by whose object it is.

    python -m tests.accounts.access_table

Made from the URLs, from what each view asks of the role table, and from the expectations that the walks hold to be
true (tests/accounts/test_every_address.py, tests/realtime/test_every_socket.py); a test compares.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

ROLES: Final = (
    "reviewer", "supervisor", "legal", "counsel", "moderator", "auditor", "administrator", "works_council", "service",
    "nobody", "anonymous",
)  # fmt: skip
HEADS: Final = (
    "reviewer", "supervisor", "legal", "counsel", "moderator", "auditor", "administrator", "works council", "service",
    "no role", "not signed in",
)  # fmt: skip
PLACE: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "access-table.md"
INTRO: Final = """# Who reaches what

Made by `python -m tests.accounts.access_table` from the URLs, from what each view asks of
`project/accounts/access.py`, and from `tests/accounts/expectations.py`. `tests/accounts/test_every_address.py` walks
every line with every role: with what is theirs, with the same of somebody else's, and with nothing;
`tests/realtime/test_every_socket.py` walks every act of every socket. Tests fail where a line is missing, where one is
wrong, and where this page is old.

A dot: absent, 404, to the byte what an address that there isn't answers (who is not signed in: the sign-in page, under
`/api/` 401). **yes**: no object stands in the address. Any other word: whose objects are reached; somebody else's are
as absent as nothing, except where it says **every**. A token with a scope reaches the lines of its scope only.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRO]
    parts += ["\n## Pages\n", *table(row for row in rows() if not row[0].startswith("/api/"))]
    parts += ["\n## The API\n", *table(row for row in rows() if row[0].startswith("/api/"))]
    parts += ["\n## Sockets\n", *table(sockets())]
    parts += ["\n## For operators\n", OPERATORS_SAID]
    return "\n".join(parts) + "\n"


OPERATORS_SAID: Final = (
    "`/healthz`, `/readyz`: anybody, one word. `/status`, `/metrics`: administrators, auditors, a token of theirs, or"
    " an address in `OPERATOR_ADDRESSES` (`tests/platform/test_health.py`). `/admin/`: administrators,"
    " accounts and teams only (`tests/accounts/test_admin.py`). `/accounts/`: signing in and one's own factors."
)


Row = tuple[str, str, str, Mapping[str, str]]


def rows() -> Iterator[Row]:
    """Address, method, what the view asks for, and a word for each role that gets in."""
    from tests.accounts.expectations import reach
    from tests.accounts.walking import addresses, routes

    views = {route: view for route, _, view in routes()}
    for one in sorted(addresses(), key=lambda one: (one.route, one.method)):
        cells = {role: reach(one.key, one.kinds, role) if one.kinds else "yes" for role in one.who}
        yield "/" + one.route, one.method, asked_by(views[one.route]), cells


def sockets() -> Iterator[Row]:
    from tests.accounts.expectations import SOCKETS

    for path, acts in SOCKETS.items():
        for act, cells in acts.items():
            yield f"/{path}", act, "", cells


def asked_by(view: Any) -> str:
    """Names of what the view asks the role table for."""
    if needs := getattr(view, "needs", None):
        return str(needs.name)
    permissions = getattr(getattr(view, "cls", None), "permission_classes", ())
    names = [can.name for one in permissions for can in getattr(one, "needs", ())]
    return ", ".join(names)


def table(lines: Iterator[Row]) -> Iterator[str]:
    yield f"| address | | asks | {' | '.join(HEADS)} |"
    yield "|---|---|---|" + "---|" * len(HEADS)
    for address, method, needs, cells in lines:
        shown = " | ".join(cells.get(role, "·") for role in ROLES)
        yield f"| `{address}` | {method} | {needs} | {shown} |"


if __name__ == "__main__":
    # Nothing is connected to: the URLs are all that is read.
    stand_in = {"DATABASE_URL": "postgresql://a@localhost/a", "KEYSTORE_URL": "postgresql://a@localhost/b",
                "REDIS_URL": "redis://localhost"}  # fmt: skip
    for name in ("SECRET_KEY", "KEYRING", "VAULT_URL", "DATA_DIR"):
        stand_in[name] = "stand-in"
    os.environ.update(stand_in, DJANGO_SETTINGS_MODULE="project.settings")
    import django

    django.setup()
    PLACE.write_text(page(), encoding="utf-8")
