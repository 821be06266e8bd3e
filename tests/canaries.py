"""Whatever any test seals is content; none of it may stand in anything that the same test printed or logged.

A pytest plugin for the whole suite. It watches `vault.seal_text` (it is called as ever) and remembers what was sealed
during a test; when the test is over, everything captured from its output and its logs is searched. A find fails the
test, and says where, never what. Processes that a test starts write into its output, or into log files in its folder,
which are searched too; instances that tests share keep logs elsewhere, and what was said to them is searched for there
by tests (`tests/faults/test_nothing_in_the_clear.py`).
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

SHORTEST: Final = 8  # "hello" may stand in a log for a reason of its own
_sealed: set[str] = set()


@pytest.fixture(autouse=True, scope="session")
def what_is_sealed_is_remembered() -> Iterator[None]:
    from project import vault
    from project.vault.actions import seal

    patch = pytest.MonkeyPatch()
    original = seal.seal_text

    def watched(object_id: Any, field: str, text: str, **options: Any) -> bytes:
        _sealed.update(told_by(text))
        return original(object_id, field, text, **options)

    patch.setattr(seal, "seal_text", watched)
    patch.setattr(vault, "seal_text", watched, raising=False)
    yield
    patch.undo()


def told_by(text: str) -> Iterator[str]:
    """The words of a sealed text; of sealed JSON its values."""
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    values = list(_strings(found))
    yield from (value for value in values if len(value) >= SHORTEST)


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found.strip()
    elif isinstance(found, dict):
        for value in found.values():
            yield from _strings(value)
    elif isinstance(found, list):
        for value in found:
            yield from _strings(value)


def leaks(sections: list[tuple[str, str, str]], sealed: set[str]) -> list[str]:
    """Names of the sections that hold something sealed."""
    return sorted({f"{when} {key}" for when, key, said in sections if any(one in said for one in sealed)})


def log_files(item: pytest.Item) -> list[tuple[str, str, str]]:
    """As sections: what processes of this test logged into its own folder."""
    folder: Path | None = getattr(item, "funcargs", {}).get("tmp_path")
    files = folder.rglob("*.log") if folder is not None else ()
    return [("file", one.name, one.read_text(encoding="utf-8", errors="replace")) for one in files if one.is_file()]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if call.when == "teardown":
        found = leaks([*item._report_sections, *log_files(item)], _sealed) if _sealed else []
        _sealed.clear()
        if found and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = (
                f"What this test sealed stands in its output: {', '.join(found)}. Nothing may print content."
            )
    return report
