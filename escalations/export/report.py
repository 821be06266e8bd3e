"""The report as PDF/A-2b (ISO 19005-2), set by Typst from `report.typ` with the fonts that come with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

from escalations.export import typeset as typesetter
from escalations.export.bag import Digest
from escalations.export.facts import Exhibit, ExportFacts
from escalations.export.tables import instant

TEMPLATE = Path(__file__).with_name("report.typ")
TYPESETTER = Path(typesetter.__file__)
VOLUME = 200
PATIENCE = 90
COLUMNS = 160
LAST_SAFE = 0x052F
CONFIDENTIAL = {
    "law-enforcement": "Confidential. For the receiving authority only.",
    "internal": "Confidential. Redacted copies; for use inside the organisation.",
    "regulator": "Confidential. Without sound; for the supervisory authority.",
}

Report = dict[str, object]


class ReportFailed(Exception):
    """The typesetter did not yield a report. It says nothing of the text it could not set."""


def volumes(facts: ExportFacts, size: int = VOLUME) -> Iterator[tuple[str, ExportFacts]]:
    """Path and facts of each volume: a large case is reported in several, so that memory stays bounded.

    Custody goes with its exhibits; the timeline stands in the first volume.
    """
    for start in range(0, max(len(facts.exhibits), 1), size):
        part = facts.exhibits[start : start + size]
        numbers = {exhibit.number for exhibit in part}
        custody = tuple(entry for entry in facts.custody if entry.exhibit in numbers)
        path = f"data/report-{start // size + 1}.pdf" if start else "data/report.pdf"
        yield path, replace(facts, exhibits=part, custody=custody, timeline=() if start else facts.timeline)


def report_pdf(facts: ExportFacts, written: Mapping[str, Digest], fingerprint: str) -> bytes:
    """One volume. Letters that no built-in font has are written as numbers, since PDF/A allows no missing glyph."""
    content = report_content(facts, written, fingerprint)
    try:
        return typeset(content, facts.built_at)
    except NoGlyph:
        return typeset(cast(Report, printable(content)) | {"escaped": True}, facts.built_at)


class NoGlyph(ReportFailed):
    """Some letter is in none of the fonts."""


def typeset(content: Report, at: datetime, template: Path = TEMPLATE) -> bytes:
    """The PDF of one report. The time stamped into it is the export's, so the same facts give the same file.

    Raises NoGlyph, ReportFailed.
    """
    command = [sys.executable, "-I", str(TYPESETTER), str(template), str(int(at.timestamp()))]
    done = subprocess.run(  # noqa: S603 - our own program, and no argument comes from outside
        command, input=json.dumps(content).encode(), capture_output=True, timeout=PATIENCE, check=False
    )
    if done.returncode == typesetter.NO_GLYPH:
        raise NoGlyph
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise ReportFailed(f"the typesetter ended with {done.returncode}")
    return done.stdout


def report_content(facts: ExportFacts, written: Mapping[str, Digest], fingerprint: str) -> Report:
    """What the template prints, as plain JSON."""
    return {
        "title": f"Case {facts.case.number}: export report",
        "organization": facts.organization,
        "confidential": CONFIDENTIAL[facts.profile],
        "export_id": str(facts.export_id),
        "escaped": False,
        "summary": summary(facts, fingerprint),
        "contents": contents(written),
        "checks": checks(facts),
        "exhibits": [exhibit_content(exhibit, written) for exhibit in facts.exhibits],
        "timeline": [(instant(one.at), one.event, one.person, one.detail) for one in facts.timeline],
        "custody": [
            (instant(one.at), one.exhibit, one.person, f"{one.act} {one.version}", one.purpose) for one in facts.custody
        ],
    }


def summary(facts: ExportFacts, fingerprint: str) -> list[tuple[str, str]]:
    """The first page's table."""
    case = facts.case
    return [
        ("Case", case.number),
        ("Tier", case.tier),
        ("State", case.state),
        ("Categories", ", ".join(case.categories)),
        ("Opened", instant(case.opened_at)),
        ("Decided", instant(case.decided_at) or "not yet"),
        ("Exhibits", f"{facts.exhibits[0].number} to {facts.exhibits[-1].number}" if facts.exhibits else "none"),
        ("Profile", facts.profile),
        ("Exported", instant(facts.built_at)),
        ("Requested by", facts.requested_by),
        ("Approved by", facts.approved_by),
        ("Organisation", facts.organization),
        ("Made with", facts.software),
        ("Signing certificate", f"SHA-256 {fingerprint[:32]} {fingerprint[32:]}"),
    ]


def contents(written: Mapping[str, Digest]) -> list[tuple[str, str]]:
    """How many files lie in which folder by now, and how large they are together."""
    folders: dict[str, list[int]] = {}
    for path, digest in written.items():
        folders.setdefault(path.rpartition("/")[0], []).append(digest.size)
    return [(folder, f"{len(sizes)} files, {sum(sizes):,} bytes") for folder, sizes in folders.items()]


def checks(facts: ExportFacts) -> list[tuple[str, str]]:
    """The steps with which anybody can check the archive, with tools that are not ours."""
    return [
        ("Unpack with the recipient's key", f"age -d -i KEY {facts.root}.tar.age | tar x"),
        ("Nothing was changed or lost", f"bagit.py --validate {facts.root}"),
        (
            "The organisation signed it (compare the certificate's fingerprint by another way first)",
            "openssl cms -verify -binary -inform DER -in signature.p7s -content tagmanifest-sha256.txt"
            " -CAfile signing-certificate.pem -out /dev/null",
        ),
        (
            "It existed at that time (if timestamp.tsr is there; CA is the authority's certificate)",
            "openssl ts -verify -data tagmanifest-sha256.txt -in timestamp.tsr -CAfile CA",
        ),
        ("The description is well-formed", "case_validate --built-version case-1.4.0 data/case.jsonld"),
        ("All of these at once, and the ledger proofs", f"manage.py verify_export {facts.root}"),
    ]


def exhibit_content(exhibit: Exhibit, written: Mapping[str, Digest]) -> Report:
    """One exhibit: its waveform, what it is, its hashes."""
    original, redacted = written.get(exhibit.original_path), written.get(exhibit.redacted_path)
    length = max(exhibit.duration_ms, 1)
    rows = [
        ("Recording", f"{exhibit.audio_format}, {exhibit.sample_rate:,} Hz, {exhibit.channels} ch"),
        ("Length and size", f"{exhibit.duration_ms / 1000:.3f} s, {exhibit.byte_size:,} bytes"),
        ("Recorded, received", f"{instant(exhibit.recorded_at) or 'unknown'}, {instant(exhibit.ingested_at)}"),
        ("Locale, trigger", f"{exhibit.locale or 'unknown'}, {exhibit.trigger}"),
    ]
    given = (
        ("Source's reference", exhibit.external_ref),
        ("Subject's reference", exhibit.subject_ref),
        ("Device", exhibit.device),
        ("Household", exhibit.household),
    )
    spans = ", ".join(f"{one.start_ms / 1000:.1f} to {one.end_ms / 1000:.1f} s" for one in exhibit.silenced)
    rows += [(label, value) for label, value in (*given, ("Silenced in the copy", spans)) if value]
    return {
        "number": exhibit.number,
        "columns": columns(exhibit.peaks),
        "silenced": [(min(one.start_ms / length, 1), min(one.end_ms / length, 1)) for one in exhibit.silenced],
        "rows": rows,
        "intake": exhibit.sha256,
        "export": original.sha256 if original else "",
        "redacted": redacted.sha256 if redacted else "",
    }


def columns(peaks: bytes, most: int = COLUMNS) -> list[tuple[int, int]]:
    """Peaks merged to what a page can show: (lowest, highest) in -128..127 for each column."""
    values = memoryview(peaks).cast("b").tolist()
    pairs = list(zip(values[0::2], values[1::2], strict=False))
    width = -(-len(pairs) // most) if pairs else 1
    groups = (pairs[start : start + width] for start in range(0, len(pairs), width))
    return [(min(low for low, _ in group), max(high for _, high in group)) for group in groups]


def printable(value: object) -> object:
    """The same content with every letter that the fonts may lack written as its Unicode number."""
    if isinstance(value, str):
        return "".join(sign if ord(sign) <= LAST_SAFE else f"[U+{ord(sign):04X}]" for sign in value)
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [printable(one) for one in value]
    return value
