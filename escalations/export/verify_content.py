"""Checks of what lies in the bag: exhibits against their hashes, the profile's limits, the CASE graph, the reports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from escalations.export.archive import Archive, read
from escalations.export.bag import Digest
from escalations.export.facts import Profile
from escalations.export.tables import EXHIBIT_COLUMNS
from escalations.export.verify_bag import Finding

GRAPH, EXHIBITS = "data/case.jsonld", "data/exhibits.csv"
PDF_A_2B = (b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:conformance>B</pdfaid:conformance>")
DOCUMENTS = (EXHIBITS, "data/timeline.csv", "data/custody.csv", GRAPH, "data/report.pdf", "data/index.html")

Row = dict[str, str]
Node = dict[str, Any]


def check_documents(archive: Archive, files: Mapping[str, Digest]) -> Iterator[Finding]:
    """That every document is there and the reports say they are PDF/A-2b."""
    yield from (Finding(path, "is missing") for path in DOCUMENTS if path not in files)
    for path in files:
        if path.startswith("data/report") and path.endswith(".pdf"):
            content = read(archive, path)
            if not content.startswith(b"%PDF-") or not all(mark in content for mark in PDF_A_2B):
                yield Finding(path, "does not declare PDF/A-2b")


def exhibit_rows(archive: Archive) -> tuple[list[Row], list[Finding]]:
    """The lines of exhibits.csv."""
    text = read(archive, EXHIBITS).decode("utf-8", "replace")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        rows = []
    if tuple(reader.fieldnames or ()) != EXHIBIT_COLUMNS or any(None in row.values() for row in rows):
        return [], [Finding(EXHIBITS, "is not the table of exhibits")]
    return rows, []


def check_exhibits(rows: Iterable[Row], files: Mapping[str, Digest], info: Mapping[str, str]) -> Iterator[Finding]:
    """Hash at intake, hash at export and the file itself must be one; so must the redacted copy and its hash."""
    rows = list(rows)
    if info.get("Earshot-Exhibits") != str(len(rows)):
        yield Finding(EXHIBITS, "lists another number of exhibits than bag-info.txt")
    for row in rows:
        if row["original"]:
            if row["sha256_at_intake"] != row["sha256_at_export"]:
                yield Finding(row["original"], "was exported with another hash than it had at intake")
            yield from same(row["original"], row["sha256_at_export"], files)
        if row["redacted"]:
            yield from same(row["redacted"], row["redacted_sha256"], files)
    yield from unlisted_sound(rows, files)


def same(path: str, sha256: str, files: Mapping[str, Digest]) -> Iterator[Finding]:
    """That a file is there with the hash that the table gives."""
    if path not in files:
        yield Finding(path, "stands in exhibits.csv but is missing")
    elif files[path].sha256 != sha256:
        yield Finding(path, "has another hash than exhibits.csv says")


def unlisted_sound(rows: Iterable[Row], files: Mapping[str, Digest]) -> Iterator[Finding]:
    """Sound that no exhibit accounts for."""
    known = {path for row in rows for path in (row["original"], row["redacted"])}
    for path in files:
        if path.startswith(("data/originals/", "data/redacted/")) and path not in known:
            yield Finding(path, "is no exhibit of this export")


def check_profile(info: Mapping[str, str], files: Mapping[str, Digest]) -> Iterator[Finding]:
    """That nothing goes along which the profile leaves out."""
    try:
        profile = Profile(info.get("Earshot-Profile", ""))
    except ValueError:
        yield Finding("bag-info.txt", "names no known profile")
        return
    barred: tuple[str, ...] = () if profile.carries_originals else ("data/originals/", "data/transcripts/")
    barred += () if profile.carries_redacted else ("data/redacted/",)
    yield from (Finding(path, f"has no place in the profile {profile}") for path in files if path.startswith(barred))


def check_graph(archive: Archive, rows: Iterable[Row], files: Mapping[str, Digest]) -> Iterator[Finding]:
    """That the CASE graph has the nodes which the exhibits ask for, and no reference into nothing."""
    nodes, wrong = graph(archive)
    if wrong:
        yield wrong
        return
    by_id = {node["@id"]: node for node in walk(nodes)}
    yield from (Finding(GRAPH, f"{kind} is there {count} times") for kind, count in lone_kinds(nodes) if count != 1)
    for missing in sorted({one for node in nodes for one in references(node)} - by_id.keys()):
        yield Finding(GRAPH, f"refers to {missing}, which is not there")
    records = of_kind(nodes, "case-investigation:ProvenanceRecord")
    numbers = {node.get("case-investigation:exhibitNumber") for node in records}
    hashes = hashes_by_path(nodes)
    for row in rows:
        if row["exhibit"] not in numbers:
            yield Finding(GRAPH, f"has no provenance record for {row['exhibit']}")
        for path in filter(None, (row["original"], row["redacted"])):
            if path in files and files[path].sha256.upper() not in hashes.get(path, ()):
                yield Finding(GRAPH, f"does not describe {path} with its hash")


def graph(archive: Archive) -> tuple[list[Node], Finding | None]:
    """The graph's nodes, or why there are none."""
    try:
        document = json.loads(read(archive, GRAPH) or b"null")
        nodes = document["@graph"]
        if not isinstance(document["@context"], dict) or not all(isinstance(one, dict) and one["@id"] for one in nodes):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return [], Finding(GRAPH, "is no JSON-LD with an inline context and a graph of named nodes")
    return nodes, None


def lone_kinds(nodes: Iterable[Node]) -> list[tuple[str, int]]:
    """The kinds of which a graph of ours has exactly one."""
    nodes = list(nodes)
    kinds = ("case-investigation:Investigation", "case-investigation:Authorization", "uco-tool:Tool")
    return [(kind, len(of_kind(nodes, kind))) for kind in kinds]


def of_kind(nodes: Iterable[Node], kind: str) -> list[Node]:
    """The top nodes of one type."""
    return [node for node in nodes if node.get("@type") == kind]


def walk(nodes: Iterable[Any]) -> Iterator[Node]:
    """Every node that is defined (has a type), however deep."""
    for node in nodes:
        if isinstance(node, dict):
            if "@id" in node and "@type" in node:
                yield node
            yield from walk(node.values())
        elif isinstance(node, list):
            yield from walk(node)


def references(value: Any) -> Iterator[str]:
    """Every id that is only pointed at."""
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def hashes_by_path(nodes: Iterable[Node]) -> dict[str, set[str]]:
    """The hashes that the graph gives each file, by its path in the bag."""
    found: dict[str, set[str]] = {}
    for node in of_kind(nodes, "uco-observable:File"):
        facets = node.get("uco-core:hasFacet", [])
        paths = [one["uco-observable:filePath"] for one in facets if "uco-observable:filePath" in one]
        hashes = [one for facet in facets for one in facet.get("uco-observable:hash", [])]
        for path in paths:
            found.setdefault(path, set()).update(one["uco-types:hashValue"]["@value"] for one in hashes)
    return found
