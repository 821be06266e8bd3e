"""What the forks of the supervisor run: web, worker and beat."""

import contextlib
import ctypes
import os
import socket
import sys
from pathlib import Path

from project.embedded.errors import CannotStart

LONGEST_FRAME = 16 * 1024
M_ARENA_MAX = -8  # of glibc's malloc.h


def load() -> None:
    """Load Django and what the programs need, once, before they are forked.

    Not project.asgi: its middleware looks at the collected static files as soon as it is imported.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from None
    import uvicorn.protocols.http.httptools_impl
    import uvicorn.protocols.websockets.websockets_sansio_impl  # noqa: F401  # loaded here to be shared
    from django.urls import get_resolver

    import project.bridge
    import project.sockets  # noqa: F401  # the same
    from project.celery import app

    app.loader.import_default_modules()  # every task's module
    _ = get_resolver().url_patterns  # every view's module


def web(listener: socket.socket) -> None:
    """Serve pages, API and sockets until SIGTERM; what is under way gets a few seconds to end."""
    import uvicorn

    _share_memory_among_threads()
    config = uvicorn.Config(
        "project.asgi:application",
        lifespan="off",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=LONGEST_FRAME,
        ws_per_message_deflate=False,  # costs memory per socket, and would compress secrets beside others' words
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _share_memory_among_threads() -> None:
    """glibc gives each thread a heap of its own, and a dozen of them keep what was freed; two are enough for Python."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def worker() -> None:
    """Run Celery's worker: two processes, one message ahead each."""
    from project.celery import app

    sys.argv = ["celery", "worker"]  # Celery shows it in the process list
    app.start(["--quiet", "worker", "--concurrency=2", "--without-gossip", "--without-mingle", "-O", "fair"])


def beat(schedule: Path) -> None:
    """Run Celery's beat, which makes every sweep happen."""
    from project.celery import app

    sys.argv = ["celery", "beat"]
    app.start(["--quiet", "beat", "--schedule", str(schedule), "--pidfile", ""])
