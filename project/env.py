"""Typed readers for what the environment says. Every setting that a deployment may change is read here.

A reader takes the variable's name and a default. Without a default the variable must be there: a missing or
malformed one raises ImproperlyConfigured with a sentence that says what to set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
NAME_OF_A_SECRET: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})


class _Required:
    pass


REQUIRED: Final = _Required()


def _read(name: str, default: T | _Required, parse: Callable[[str], T]) -> T:
    raw = os.environ.get(name)
    if raw is None:
        if isinstance(default, _Required):
            raise ImproperlyConfigured(f"{name} is not set. Set it in the environment; docs/operations.md says how.")
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}") from error


def text(name: str, default: str | _Required = REQUIRED) -> str:
    return _read(name, default, str)


def integer(name: str, default: int | _Required = REQUIRED, *, least: int = 0, most: int = 2**31) -> int:
    def parse(raw: str) -> int:
        number = int(raw)
        if not least <= number <= most:
            raise ValueError(f"it must be between {least} and {most}")
        return number

    return _read(name, default, parse)


def flag(name: str, default: bool | _Required = REQUIRED) -> bool:
    def parse(raw: str) -> bool:
        word = raw.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError("say 1 or 0")
        return word in _TRUE

    return _read(name, default, parse)


def words(name: str, default: tuple[str, ...] | _Required = REQUIRED) -> tuple[str, ...]:
    """Comma-separated words, blanks dropped."""
    return _read(name, default, lambda raw: tuple(word.strip() for word in raw.split(",") if word.strip()))


def pairs(name: str, default: tuple[tuple[str, str], ...] | _Required = REQUIRED) -> tuple[tuple[str, str], ...]:
    """Comma-separated `left=right` pairs, in their order; a left one may come twice."""

    def parse(raw: str) -> tuple[tuple[str, str], ...]:
        found = [word.partition("=") for word in raw.split(",") if word.strip()]
        if not all(left.strip() and right.strip() for left, _, right in found):
            raise ValueError("it must look like left=right,left=right")
        return tuple((left.strip(), right.strip()) for left, _, right in found)

    return _read(name, default, parse)


def folder(name: str, default: Path | _Required = REQUIRED) -> Path:
    return _read(name, default, lambda raw: Path(raw).expanduser().resolve())


def secret(name: str, default: str | _Required = REQUIRED) -> str:
    """The secret in NAME, or in the file that NAME_FILE points at (one line, trailing newline dropped)."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return text(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE points at a file that cannot be read: {error.strerror}") from error


def named_secrets(name: str) -> dict[str, str]:
    """`name=secret` words in NAME or the file NAME_FILE, blanks or lines between them. What is said of a malformed
    one holds nothing of it."""
    found: dict[str, str] = {}
    for word in secret(name, "").split():
        key, separator, value = word.partition("=")
        if not (separator and value and NAME_OF_A_SECRET.fullmatch(key)):
            raise ImproperlyConfigured(f"{name} must look like name=value name=value, names in small letters.")
        if key in found:
            raise ImproperlyConfigured(f"{name} has two values called {key}.")
        found[key] = value
    return found


def database(name: str, default: str | _Required = REQUIRED) -> dict[str, object]:
    """A postgresql:// URL as Django's settings. A socket folder stands as ?host=/folder, or
    percent-encoded as the host."""
    return _read(name, _parse_database(default) if isinstance(default, str) else REQUIRED, _parse_database)


def _parse_database(raw: str) -> dict[str, object]:
    url = urlsplit(raw)
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        raise ValueError("it must look like postgresql://user:password@host:5432/name")
    query = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.get("host") or unquote(_host(url.netloc)),
        "PORT": query.get("port", str(url.port or "")),
    }


def _host(netloc: str) -> str:
    """The host as written: urlsplit's own `hostname` folds case, which breaks a percent-encoded socket folder."""
    host = netloc.rpartition("@")[2]
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def load_instance(path: Path) -> None:
    """Take what `make run` wrote for this data folder (NAME=value lines); what the environment says already wins."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value)
