"""Log lines: JSON, with a request's id wherever it leads, and nothing that anybody said."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from celery import shared_task
from django.test import Client

from project import logs
from project.health import access_log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the handler of the root writes during a test."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs._formatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_exceptions_words_stay_out_and_its_places_stay_in(lines: io.StringIO) -> None:
    try:
        raise KeyError("the caller's card number")
    except KeyError:
        structlog.get_logger("project.x").exception("thing.failed")
    [line] = read(lines)
    assert line["event"] == "thing.failed"
    assert line["error"] == "builtins.KeyError"
    assert "test_logs.py" in str(line["where"])
    assert "card" not in lines.getvalue()


def test_values_in_a_librarys_line_stay_out(lines: io.StringIO) -> None:
    logging.getLogger("somelib").warning("cannot parse %r", "my address is 5 Elm Street")
    [line] = read(lines)
    assert (line["event"], line["message"]) == ("log", "cannot parse %r")
    assert "Elm" not in lines.getvalue()


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_route_and_without_its_query(client: Client, lines: io.StringIO) -> None:
    answer = client.get("/accounts/login/?next=/my-secret", headers={"Authorization": "Token abc123secret"})
    [line] = [line for line in read(lines) if line["event"] == "http.request"]
    assert line["status"] == answer.status_code
    assert line["request_id"] == answer["X-Request-ID"]
    assert "secret" not in lines.getvalue()


@pytest.mark.django_db
def test_polling_leaves_no_lines(client: Client, lines: io.StringIO) -> None:
    client.get("/healthz")
    assert read(lines) == []


@shared_task(name="tests.logs", bind=True)
def task(self: object) -> None:
    structlog.get_logger("project.x").info("thing.done")


def test_a_task_carries_the_id_of_the_request_that_caused_it(lines: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-1")
    headers: dict[str, object] = {}
    access_log.carry_request_id(headers=headers)
    assert headers == {"request_id": "r-1"}
    structlog.contextvars.clear_contextvars()

    task.apply(headers=headers)
    done, ended = read(lines)
    assert (done["event"], done["request_id"], done["task"]) == ("thing.done", "r-1", "tests.logs")
    assert (ended["event"], ended["state"]) == ("task.done", "SUCCESS")


def test_the_line_of_a_request_is_what_any_other_line_would_be(lines: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="abc")
    access_log.told("POST", "api/v1/x/", 201, 0.0123)
    access_log.log.info("http.request", method="POST", route="api/v1/x/", status=201, ms=12.3)
    structlog.contextvars.clear_contextvars()
    short, long = read(lines)
    assert list(short) == list(long)
    assert len(str(short.pop("timestamp"))) == len(str(long.pop("timestamp")))
    assert short == long
