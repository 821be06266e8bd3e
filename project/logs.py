"""One JSON object a line to standard output, and nothing in it that somebody said, typed, heard or wrote.

Kinds are event names ("http.request", "nudge.lost", "promise.broken"); what libraries log comes as "log". Of an
exception only its type and the places in the code are kept: its message may quote a value (a database error does).
"""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog

Event = MutableMapping[str, Any]
FRAMES: Final = 12


def places_only(_logger: Any, _method: str, event: Event) -> Event:
    """Replace an exception by its type, and that of what caused it, and where it was raised."""
    wanted = event.pop("exc_info", None)
    error = sys.exc_info()[1] if wanted is True else wanted[1] if isinstance(wanted, tuple) else wanted
    if isinstance(error, BaseException):
        event["error"] = _types(error)
        event["where"] = _frames(error)
    return event


def _types(error: BaseException) -> str:
    names: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(names) < 5:
        names.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        seen = seen.__cause__ or seen.__context__
    return " < ".join(names)


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def library_line(_logger: Any, _method: str, event: Event) -> Event:
    """A line of some library: its logger and its format string. The values that go into it are dropped.

    Except for Python's own warnings, which speak of code only.
    """
    record = event.get("_record")
    if record is not None and not event.get("_from_structlog"):
        words = record.getMessage() if record.name == "py.warnings" else record.msg
        event["message"] = words[:300] if isinstance(words, str) else type(words).__name__
        event["event"] = "log"
    return event


_SHARED: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    places_only,
]


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """A record that brings its finished event as `line` needs only its time."""

    def format(self, record: logging.LogRecord) -> str:
        line = getattr(record, "line", None)
        if line is None:
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return _written({**line, "timestamp": at})


_written: Final = json.JSONEncoder(sort_keys=True, default=lambda value: type(value).__name__).encode


def _formatter() -> structlog.stdlib.ProcessorFormatter:
    return _Formatter(
        foreign_pre_chain=_SHARED,
        processors=[
            library_line,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(sort_keys=True, default=lambda value: type(value).__name__),
        ],
    )


_LEVELS: Final = {
    **dict.fromkeys(("project", "reviews", "escalations", "wellbeing", "celery.worker"), "INFO"),
    # A message's outcome is in "task.done", a request's in "http.request"; these would say it again, with addresses.
    **dict.fromkeys(("celery.worker.strategy", "celery.app.trace", "uvicorn.error", "django"), "WARNING"),
    "django.request": "ERROR",
}

# Django's LOGGING: everything goes to the one handler of the root.
SETTINGS: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": _formatter}},
    "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": level, "handlers": [], "propagate": True} for name, level in _LEVELS.items()},
        # Its lines quote addresses, which are secrets; what became of a send stands in its row.
        "apprise": {"level": logging.CRITICAL + 1, "handlers": [], "propagate": False},
        "django.server": {"handlers": [], "propagate": True},
    },
}


def configure() -> None:
    """Make structlog write through the standard library's handlers, so that there is one stream and one shape."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)
