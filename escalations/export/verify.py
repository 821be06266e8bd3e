"""Everything that can be checked of an export without a network and without the instance it came from."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from escalations.export.archive import Archive, Unreadable, open_archive, read
from escalations.export.package import CERTIFICATE, TIMESTAMP
from escalations.export.stamp import BadTimestamp, check_imprint
from escalations.export.verify_bag import (
    SIGNED_MANIFEST,
    Finding,
    Trust,
    bag_info,
    check_bag,
    check_oxum,
    check_signature,
    check_time,
    load_certificate,
)
from escalations.export.verify_content import (
    GRAPH,
    check_documents,
    check_exhibits,
    check_graph,
    check_profile,
    exhibit_rows,
)
from escalations.export.verify_ledger import check_ledger

SHAPES_PATIENCE = 1800
VALIDATE = "import sys; from case_utils.case_validate import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found wrong, and what the reader has to know to judge the rest."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.findings


def verify(path: Path, trust: Trust | None = None, *, shapes: bool = False) -> Verdict:
    """Check an unpacked export or its tar. `shapes` runs the CASE ontology's own validator too, which takes seconds."""
    trust = trust or Trust()
    try:
        archive = open_archive(path)
        findings = sorted(set(check(archive, trust, shapes=shapes)))
        return Verdict(findings, [] if findings else list(notes(archive, trust)))
    except Unreadable as error:
        return Verdict([Finding(path.name, str(error))])


def check(archive: Archive, trust: Trust, *, shapes: bool) -> Iterator[Finding]:
    """All checks. Each stands for itself, so one spoilt file is named wherever it shows."""
    files, findings = check_bag(archive)
    yield from findings
    info = bag_info(archive)
    yield from check_oxum(info, files)
    yield from check_signature(archive, trust)
    yield from check_time(archive, info, trust)
    yield from check_documents(archive, files)
    rows, wrong = exhibit_rows(archive)
    yield from wrong
    yield from check_exhibits(rows, files, info)
    yield from check_profile(info, files)
    yield from check_graph(archive, rows, files)
    yield from check_ledger(archive, trust)
    if shapes:
        yield from check_shapes(archive)


def check_shapes(archive: Archive) -> Iterator[Finding]:
    """The graph against the shapes of CASE 1.4, by the validator that the CASE community publishes (offline)."""
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder, "case.jsonld")
        graph.write_bytes(read(archive, GRAPH))
        command = [sys.executable, "-c", VALIDATE, "--built-version", "case-1.4.0", str(graph)]
        done = subprocess.run(command, capture_output=True, timeout=SHAPES_PATIENCE, check=False)  # noqa: S603 - fixed
    if done.returncode:
        yield Finding(GRAPH, "does not conform to CASE 1.4")


def notes(archive: Archive, trust: Trust) -> Iterator[str]:
    """What a good verdict rests on."""
    certificate = load_certificate(read(archive, CERTIFICATE))
    if certificate and not trust.certificate:
        yield (
            "The signing certificate was taken from the export itself. Compare its SHA-256 fingerprint with the one the"
            f" organisation gave you: {fingerprint(certificate)}"
        )
    token = read(archive, TIMESTAMP)
    if not token:
        yield "There is no timestamp: when the export existed is only the organisation's word."
        return
    try:
        made = check_imprint(token, read(archive, SIGNED_MANIFEST)).tst_info.gen_time
    except BadTimestamp:
        return
    yield f"A timestamp authority saw it at {made:%Y-%m-%d %H:%M:%S} UTC."
    if not trust.authorities:
        yield "Whose timestamp it is was not checked: give the authority's certificate."


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in groups of four, as it is read aloud."""
    text = certificate.fingerprint(hashes.SHA256()).hex()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
