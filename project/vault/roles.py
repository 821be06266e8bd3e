"""Two roles on the key store: its owner, who migrates, and the service's own, which can only do what its work needs.

KEYSTORE_URL names the service's role. Where KEYSTORE_OWNER_URL is given too, `manage.py prepare` makes that role,
grants it the rights below and migrates as the owner; web, worker and beat never need the owner's address. The service
can then neither alter, drop nor empty a table, nor take back that a key was shredded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connections
from psycopg import sql

from project import env
from project.vault.router import KEYS

OWNER: Final = "KEYSTORE_OWNER_URL"
RIGHTS: Final = {
    "vault_datakey": "SELECT, INSERT, UPDATE, DELETE",  # rotation updates, shredding deletes
    "vault_shreddedkey": "SELECT, INSERT",
    "vault_masterkey": "SELECT, INSERT, UPDATE",
    "vault_ringmark": "SELECT, INSERT, DELETE",  # an old signing key's mark goes with it
    "django_migrations": "SELECT",
}


@contextmanager
def as_owner() -> Iterator[None]:
    """Work on the key store as its owner until the block ends, then give the service's role its rights.

    Without KEYSTORE_OWNER_URL there is one role for everything, and this changes nothing.
    """
    if not env.text(OWNER, ""):
        yield
        return
    connection = connections[KEYS]
    service = connection.settings_dict
    owner = {name: value for name, value in env.database(OWNER).items() if name != "ENGINE"}
    _change_to({**service, **owner})
    try:
        yield
        if owner["USER"] != service["USER"]:
            limit(str(service["USER"]), str(service["PASSWORD"]))
    finally:
        _change_to(service)


def _change_to(settings: dict[str, Any]) -> None:
    connection = connections[KEYS]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's wrapper
    connection.settings_dict = settings


def limit(role: str, password: str) -> None:
    """Make the role unless it is there, and leave it with the rights above and no others. May be repeated."""
    with connections[KEYS].cursor() as cursor:
        raw: Any = cursor.connection
        name, database = sql.Identifier(role), sql.Identifier(raw.info.dbname)
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            raw.execute(_made(role, password, raw))
        for statement in (
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
            sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
            *(
                sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), sql.Identifier(table), name)  # type: ignore[arg-type]  # constants
                for table, rights in RIGHTS.items()
            ),
        ):
            raw.execute(statement)


def _made(role: str, password: str, raw: Any) -> sql.Composed:
    """The password leaves this process only as its SCRAM verifier: no log of the server can hold it."""
    made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(sql.Identifier(role))
    if not password:
        return made
    verifier = raw.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    return made + sql.SQL(" PASSWORD {}").format(sql.Literal(verifier))
