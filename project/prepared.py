"""Statements that a connection of psycopg has planned, run with as little Python as it takes.

psycopg's cursors serve every way of asking; for one short statement that costs several times what the statement does.
This asks libpq directly (psycopg.pq, in C) and leaves to psycopg what it does in C: making text of values, and values
of text. The server infers the parameters' types. Transactions are the connection's: outside autocommit the first
statement begins one, as psycopg's cursors do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from psycopg import Connection, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.datetime import TimestamptzLoader

Row = tuple[Any, ...]

_PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\)s|s|%)")
_FINE: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
# A table was altered, or somebody emptied the session: the plan has to be made again.
_STALE: Final = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)


class Plans:
    """What one connection has planned, by text. Times are read by the driver's own code in C, which gives what
    Django's does in Python.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self._cursor = connection.cursor()  # for its adapters alone
        self._cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        self._connection, self._values = connection, Transformer(self._cursor)
        self._names: dict[str, bytes] = {}
        self._made = 0

    @classmethod
    def of(cls, connection: Any) -> Plans:
        """Kept with the connection, for as long as that lives."""
        try:
            found: Plans = connection.earshot_plans
        except AttributeError:
            found = connection.earshot_plans = cls(connection)
        return found

    def rows(self, sql: str, params: Mapping[str, Any] | Sequence[Any]) -> list[Row]:
        """Raises psycopg's errors."""
        try:
            return self._rows(sql, params)
        except _STALE as error:
            if isinstance(error, errors.InvalidSqlStatementName):
                self._names.clear()  # who lost one lost all, and no other transaction is to find out
            self._names.pop(sql, None)
            if self._connection.pgconn.transaction_status != TransactionStatus.IDLE:
                raise
            return self._rows(sql, params)

    def _rows(self, sql: str, params: Mapping[str, Any] | Sequence[Any]) -> list[Row]:
        libpq = self._connection.pgconn
        if not self._connection.autocommit and libpq.transaction_status == TransactionStatus.IDLE:
            self._checked(libpq.exec_(b"BEGIN"))
        text, order, formats = _numbered(sql)
        name = self._names.get(sql) or self._plan(sql, text)
        given = [params[key] for key in order] if isinstance(params, Mapping) else params
        values: Any = self._values.dump_sequence(given, formats)
        result = self._checked(libpq.exec_prepared(name, values))
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _plan(self, sql: str, text: bytes) -> bytes:
        self._made += 1
        name = b"earshot_%d" % self._made
        self._checked(self._connection.pgconn.prepare(name, text))
        self._names[sql] = name
        return name

    def _checked(self, result: Any) -> Any:
        if result.status not in _FINE:
            raise errors.error_from_result(result, self._connection.info.encoding)
        return result


@lru_cache(maxsize=1000)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...], list[PyFormat]]:
    """The text with $1, $2 ... for its placeholders, their names in that order, and that all are sent as text."""
    order: list[str] = []
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] is None or found[1] not in order:
            count += 1
            order.extend([found[1]] if found[1] else [])
            return f"${count}"
        return f"${order.index(found[1]) + 1}"

    text = _PLACEHOLDER.sub(number, sql).encode()
    return text, tuple(order), [PyFormat.TEXT] * count
