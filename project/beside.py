"""Database work of sockets, beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from django.db import close_old_connections

T = TypeVar("T")

THREADS: Final = 4  # of all sockets together; with the pages' threads they stay within the database pool

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sockets")


async def in_thread(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do it in a thread of the sockets' own; its connections go back to the pool after it."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(_with_connections, work, *args, **kwargs))


def _with_connections(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()
