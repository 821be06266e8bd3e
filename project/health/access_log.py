"""One line a request and one a task: what ran, how it ended, how long it took. Routes, never addresses as typed."""

import logging
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import signals
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)
_plain = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]
QUIET = frozenset({"healthz", "readyz", "status", "metrics"})
NEVER_TOLD = frozenset({"help/"})  # nobody learns that somebody looked for help, or when
SLOW_SECONDS = 1.0
HEADER = "request_id"


def access_log(get_response: Handler) -> Handler:
    """Middleware: log each request by its route (`reviews/<uuid:id>/`), so that neither ids nor queries appear."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        match = request.resolver_match
        route = match.route if match else "-"
        if route not in QUIET | NEVER_TOLD:
            told(request.method or "", route, response.status_code, time.monotonic() - began)
        return response

    return middleware


def told(method: str, route: str, status: int, seconds: float) -> None:
    """The most frequent line of all: the same as from `log`, which takes several times as long to make it."""
    if not _plain.isEnabledFor(logging.INFO):
        return
    said = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
    event = {"event": "http.request", "level": "info", "logger": __name__, **structlog.contextvars.get_contextvars()}
    record = _plain.makeRecord(__name__, logging.INFO, __file__, 0, {**event, **said}, (), None)
    record.line = record.msg  # type: ignore[attr-defined]  # project.logs writes it as it is
    _plain.handle(record)


def carry_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A message carries the id of the request that caused it."""
    name = structlog.contextvars.get_contextvars().get("request_id")
    if name and headers is not None:
        headers[HEADER] = name


def _cause(task: Any) -> str | None:
    """The request that a task was caused by: a worker finds it beside Celery's own headers, a direct call within."""
    return task.request.get(HEADER) or (task.request.headers or {}).get(HEADER)


def begin_task(task: Any = None, task_id: str = "", **_: Any) -> None:
    """Everything a task logs carries its name, its id and the request that caused it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)
    if cause := _cause(task):
        structlog.contextvars.bind_contextvars(request_id=cause)
    task.request.update(began=time.monotonic())


def end_task(task: Any = None, state: str | None = None, **_: Any) -> None:
    """Sweeps that found nothing to do are not worth a line; what a person caused, what failed or took long is."""
    seconds = time.monotonic() - (task.request.get("began") or time.monotonic())
    if state != "SUCCESS" or seconds > SLOW_SECONDS or _cause(task):
        log.info("task.done", state=state, ms=round(seconds * 1000, 1))
    structlog.contextvars.clear_contextvars()


def fail_task(exception: BaseException | None = None, **_: Any) -> None:
    """A failure is logged with the places it came through and without its message."""
    log.error("task.failed", exc_info=exception)


def connect() -> None:
    """Called by HealthConfig.ready. Connecting to setup_logging keeps Celery from setting up its own."""
    signals.setup_logging.connect(leave_logging_alone, weak=False)
    signals.before_task_publish.connect(carry_request_id, weak=False)
    signals.task_prerun.connect(begin_task, weak=False)
    signals.task_postrun.connect(end_task, weak=False)
    signals.task_failure.connect(fail_task, weak=False)


def leave_logging_alone(**_: Any) -> None:
    """Django's LOGGING is in force already."""
