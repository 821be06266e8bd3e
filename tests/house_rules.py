"""`python -m tests.house_rules`: rules of this house that no linter knows, read from the syntax of every module.

    no-html        mark_safe, SafeString, format_html, and `|safe` in templates: no text of anybody becomes markup
    no-csrf-hole   csrf_exempt
    no-bypass      get_object_or_404 (objects come from access.py), QuerySet.extra, connection.cursor in views and API
    no-pickle      pickle, shelve, marshal, eval, exec
    no-content-log a log line or exception that is given a transcript, a note, a text, a body or a name
    no-naked-wait  an HTTP request of ours without a timeout
    nudge-only     .delay and .apply_async outside project/nudge.py: a message is only a nudge, after the commit
    no-upload-name the name that an uploader gave a file

A line may argue its exception: `# house: RULE -- why`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("project", "reviews", "escalations", "wellbeing")
MARKUP: Final = frozenset({"mark_safe", "SafeString", "format_html", "format_html_join"})
PICKLES: Final = frozenset({"pickle", "shelve", "marshal", "dill"})
CONTENT: Final = frozenset(
    {"transcript", "note", "text", "body", "answers", "display_name", "external_ref", "subject_ref"}
)
LOGS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
ASKS: Final = re.compile(r"(requests|httpx|urllib\.request)\.(get|post|put|head|urlopen|request)")
ARGUED: Final = re.compile(r"#\s*house:\s*([a-z-]+)\s*--\s*\S")


def findings(source: str, path: str) -> Iterator[tuple[int, str]]:
    """(line, rule) of everything in this module that breaks a rule and does not argue why."""
    argued = {
        number: match.group(1) for number, line in enumerate(source.splitlines(), 1) if (match := ARGUED.search(line))
    }
    for node in ast.walk(ast.parse(source)):
        for rule in _broken(node, path):
            line = getattr(node, "lineno", 1)
            if argued.get(line) != rule:
                yield line, rule


def _broken(node: ast.AST, path: str) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom | ast.Import):
        yield from _imported(node)
    elif isinstance(node, ast.Attribute):
        yield from _reached_for(node, path)
    elif isinstance(node, ast.Call):
        yield from _called(node, path)


def _imported(node: ast.ImportFrom | ast.Import) -> Iterator[str]:
    names = {alias.name.split(".")[0] for alias in node.names}
    if names & MARKUP:
        yield "no-html"
    if "csrf_exempt" in names:
        yield "no-csrf-hole"
    if "get_object_or_404" in names:
        yield "no-bypass"
    if names & PICKLES or getattr(node, "module", None) in PICKLES:
        yield "no-pickle"


def _reached_for(node: ast.Attribute, path: str) -> Iterator[str]:
    if node.attr in {"delay", "apply_async"} and not path.endswith("project/nudge.py"):
        yield "nudge-only"
    if node.attr == "name" and isinstance(node.value, ast.Subscript) and "FILES" in ast.unparse(node.value):
        yield "no-upload-name"


def _called(node: ast.Call, path: str) -> Iterator[str]:
    name = ast.unparse(node.func)
    if name in {"eval", "exec"}:
        yield "no-pickle"
    if name.endswith(".extra") and "objects" in name:
        yield "no-bypass"
    if name.endswith("connection.cursor") and ("/views/" in path or "/api/" in path):
        yield "no-bypass"
    given = {keyword.arg for keyword in node.keywords}
    if ASKS.fullmatch(name) and "timeout" not in given:
        yield "no-naked-wait"
    if name.rpartition(".")[2] in LOGS and name.startswith(("log.", "logger.", "logging.")) and given & CONTENT:
        yield "no-content-log"


def in_templates() -> Iterator[tuple[Path, int, str]]:
    """`|safe` and `autoescape off` in any template."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\|\s*safe\b|autoescape\s+off", line):
                yield path, number, "no-html"


def main() -> int:
    found = [
        (path, line, rule)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, rule in findings(path.read_text(encoding="utf-8"), path.as_posix())
    ]
    found += in_templates()
    for path, line, rule in found:
        print(f"{path.relative_to(ROOT)}:{line}: {rule}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
