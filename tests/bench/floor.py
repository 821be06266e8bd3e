"""The floor: bare REST framework views that claim a row and insert one, with nothing of Earshot around them.

`python -m tests.bench.floor PORT` serves POST /claim and POST /submit, one statement each as our cycle's two requests
would at the least; POST /cycle, which does both in one request; and GET /healthz. No sign-in, no rules, no checks.
The middleware of `startproject`, psycopg's pool, two processes of a WSGI handler in threads behind uvicorn, bridged as
ours is, on a table of its own in the same PostgreSQL.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import uvicorn

THREADS = 12
CLAIM = """
UPDATE bench_task SET taken = true WHERE id = (
    SELECT id FROM bench_task WHERE NOT taken ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id
"""
SUBMIT = "INSERT INTO bench_review (task, said) VALUES (%s, %s)"


def application() -> Any:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.floor_settings"
    from django.core.wsgi import get_wsgi_application
    from django.urls import path

    from project.bridge import Bridge

    wsgi = get_wsgi_application()
    from tests.bench import floor_settings, floor_views

    floor_settings.urlpatterns[:] = [path(name, view) for name, view in floor_views.VIEWS.items()]
    return Bridge(wsgi, threads=THREADS)


if __name__ == "__main__":
    uvicorn.run(
        "tests.bench.floor:application",
        factory=True,
        port=int(sys.argv[1]),
        workers=2,
        lifespan="off",
        log_level="error",
        access_log=False,
    )
