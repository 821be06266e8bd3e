"""The floor: bare REST framework views that claim a row and insert one, with nothing of Earshot around them.

`python -m tests.bench.floor PORT` serves POST /claim and POST /submit, one statement each as our cycle's two requests
would at the least; POST /cycle, which does both in one request; POST /usual/claim and /usual/submit, the same two as
the framework's guides write them (tests/bench/floor_usual.py); and GET /healthz. No sign-in, no rules, no checks.
The middleware of `startproject`, psycopg's pool, two processes, on a table of its own in the same PostgreSQL. A WSGI
handler in threads behind uvicorn, bridged as ours is; or, with `gunicorn` after the port, as most teams serve it: the
threads of gunicorn. The first is the faster floor.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import uvicorn

PROCESSES = 2
THREADS = 12
CLAIM = """
UPDATE bench_task SET taken = true WHERE id = (
    SELECT id FROM bench_task WHERE NOT taken ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id
"""
SUBMIT = "INSERT INTO bench_review (task, said) VALUES (%s, %s)"


def wsgi() -> Any:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.floor_settings"
    from django.core.wsgi import get_wsgi_application
    from django.urls import path

    found = get_wsgi_application()
    from tests.bench import floor_settings, floor_views

    floor_settings.urlpatterns[:] = [path(name, view) for name, view in floor_views.VIEWS.items()]
    return found


def application() -> Any:
    from project.bridge import Bridge

    return Bridge(wsgi(), threads=THREADS)


def with_uvicorn(port: int) -> None:
    uvicorn.run(
        "tests.bench.floor:application",
        factory=True,
        port=port,
        workers=PROCESSES,
        lifespan="off",
        log_level="error",
        access_log=False,
    )


def with_gunicorn(port: int) -> None:
    said = f"--worker-class gthread --workers {PROCESSES} --threads {THREADS} --keep-alive 60 --log-level error"
    program = [
        sys.executable,
        "-m",
        "gunicorn",
        *said.split(),
        "--bind",
        f"127.0.0.1:{port}",
        "tests.bench.floor:wsgi()",
    ]
    os.execv(sys.executable, program)  # our own words


if __name__ == "__main__":
    {"uvicorn": with_uvicorn, "gunicorn": with_gunicorn}[(sys.argv[2:] or ["uvicorn"])[0]](int(sys.argv[1]))
