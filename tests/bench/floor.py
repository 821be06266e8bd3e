"""The floor: a bare REST framework view that claims a row and inserts one, with nothing of Earshot around it.

`python -m tests.bench.floor PORT` serves POST /cycle (twice the work of one of our requests: a whole cycle) and GET
/healthz on a WSGI handler through a2wsgi in uvicorn, as our own web processes do, on a table of its own in the same
PostgreSQL.
"""

from __future__ import annotations

import os
import sys

import uvicorn
from a2wsgi import WSGIMiddleware

CLAIM = """
UPDATE bench_task SET taken = true WHERE id = (
    SELECT id FROM bench_task WHERE NOT taken ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id
"""
PREPARE = """
DROP TABLE IF EXISTS bench_task, bench_review;
CREATE TABLE bench_task (id bigserial PRIMARY KEY, taken boolean NOT NULL DEFAULT false);
CREATE TABLE bench_review (id bigserial PRIMARY KEY, task bigint, at timestamptz DEFAULT now());
INSERT INTO bench_task (taken) SELECT false FROM generate_series(1, 100000);
CREATE INDEX bench_open ON bench_task (id) WHERE NOT taken;
ANALYZE bench_task;
"""


def application() -> WSGIMiddleware:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.floor_settings"
    from django.core.wsgi import get_wsgi_application
    from django.urls import path
    from rest_framework.decorators import api_view, authentication_classes, permission_classes
    from rest_framework.response import Response

    wsgi = get_wsgi_application()
    from django.db import connection

    @api_view(["POST"])
    @authentication_classes([])
    @permission_classes([])
    def cycle(request: object) -> Response:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM)
            row = cursor.fetchone()
            cursor.execute("INSERT INTO bench_review (task) VALUES (%s)", [row and row[0]])
        return Response({"id": row and row[0]}, status=201)

    @api_view(["GET"])
    @authentication_classes([])
    @permission_classes([])
    def healthz(request: object) -> Response:
        return Response({"status": "ok"})

    from tests.bench import floor_settings

    floor_settings.urlpatterns[:] = [path("cycle", cycle), path("healthz", healthz)]
    return WSGIMiddleware(wsgi, workers=8)


def prepare() -> None:
    import psycopg

    from tests.bench import floor_settings

    store = floor_settings.DATABASES["default"]
    named = {"host": store["HOST"], "port": store["PORT"], "user": store["USER"], "password": store["PASSWORD"]}
    with psycopg.connect(dbname=store["NAME"], autocommit=True, **named) as connection:
        connection.execute(PREPARE)


if __name__ == "__main__":
    prepare()
    uvicorn.run(
        "tests.bench.floor:application",
        factory=True,
        port=int(sys.argv[1]),
        workers=2,
        log_level="error",
        access_log=False,
    )
