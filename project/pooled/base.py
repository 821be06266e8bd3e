"""Django's PostgreSQL backend with its pool, and a cheaper question whether a pooled connection still lives.

Django's own check is a round trip to the server for each request and database. A connection that the server closed
has something to read (its last message, or the end of the stream), one that is well has nothing: the kernel knows
that without the server.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool that is alive; what is found dead goes back closed, and the pool makes another."""
        connection = super().get_new_connection(conn_params)
        pool: Any = self.pool
        if pool is None:
            return connection
        for _ in range(pool.max_size):
            if is_quiet(connection):
                break
            connection.close()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def is_quiet(connection: Any) -> bool:
    """Nothing to read from a server that nobody has asked anything."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)
