"""One export that the service built, as its recipient has it: opened and checked with other people's programs alone.

Debian's age, GNU tar, the Library of Congress's bagit.py, the CASE community's validator, openssl, qpdf, poppler. Keys
are age-keygen's and the timestamp authority is `openssl ts` itself.
"""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import dedent

import pytest
from django.utils import timezone

from escalations.actions.custody import open_evidence
from escalations.actions.export_builds import build
from escalations.actions.exports import approve_export, propose_export
from escalations.export.facts import Profile
from escalations.models import Case, Exhibit, Export, Opening
from project import vault
from project.accounts.models import User
from project.ledger.sealing import seal
from reviews.models import Clip
from tests import outside
from tests.escalations.export_facts import tone
from tests.escalations.tsa import authority

pytestmark = pytest.mark.django_db

VENV = Path(sys.executable).parent
RECORDINGS = 3


@dataclass(frozen=True)
class Received:
    """What the recipient has: the encrypted file, their keys, the unpacked bag, the authority's root."""

    file: Path
    key: Path
    other_key: Path
    bag: Path
    authority: Path
    openings: int
    sha256: list[str]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Received]]:
    """Where the export of this file's tests lies once the first of them had it built."""
    return tmp_path_factory.mktemp("received"), []


@pytest.fixture
def received(shelf: tuple[Path, list[Received]], request: pytest.FixtureRequest) -> Received:
    folder, kept = shelf
    if not kept:
        case = request.getfixturevalue("legal_case")
        kept.append(request.getfixturevalue("built")(case, folder))
    return kept[0]


@pytest.fixture
def built(
    recorded: Callable[..., Clip], joined: Callable[[Case, Clip], Exhibit], legal: User, other_legal: User,
    now: datetime, settings,
) -> Callable[[Case, Path], Received]:  # fmt: skip
    """Three recordings, one opened by legal beforehand, exported to two recipients, with proofs and a timestamp."""

    def make(case: Case, folder: Path) -> Received:
        for number in range(2, RECORDINGS + 1):
            joined(case, recorded(f"call-{number}", tone(pitch=300 + number)))
        open_evidence(case.pk, 1, purpose="to decide what it is", acting_user=legal, now=now)
        seal(now)
        keys = [folder / "police.key", folder / "court.key"]
        public = [made_key(key) for key in keys]
        (folder / "ca").mkdir()
        with authority(folder / "ca") as there:
            settings.TSA_URL = there.url
            export = propose_export(
                case.pk, profile=Profile.LAW_ENFORCEMENT, recipients=public, reason="", acting_user=legal, now=now
            )
            approve_export(export.pk, acting_user=other_legal, now=now)
            build(export.pk, clock=timezone.now)
        file = fetched(export, folder / "export.tar.age")
        return Received(
            file, *keys, unpacked(file, keys[0], folder / "out"), folder / "ca" / "ca.pem",
            Opening.objects.filter(case=case).count(),
            [exhibit.clip.sha256 for exhibit in case.exhibits.order_by("number")],
        )  # fmt: skip

    return make


def made_key(path: Path) -> str:
    """A recipient's key pair by age-keygen; returns the public half."""
    outside.said("age-keygen", "-o", path)
    return outside.said("age-keygen", "-y", path).decode().strip()


def fetched(export: Export, path: Path) -> Path:
    export.refresh_from_db()
    assert export.state == "ready", (export.state, export.last_error)
    with vault.open_blob(export.pk, "bag") as reader:
        path.write_bytes(reader.read())
    assert hashlib.sha256(path.read_bytes()).hexdigest() == export.file_sha256
    return path


def unpacked(file: Path, key: Path, folder: Path) -> Path:
    """`age -d | tar x`, as the report tells the recipient to."""
    folder.mkdir()
    outside.said("tar", "-x", "-C", folder, content=outside.said("age", "-d", "-i", key, file))
    (root,) = folder.iterdir()
    return root


def sparql(graph: Path, folder: Path, text: str) -> list[dict[str, str]]:
    """The CASE community's own query tool."""
    query, answer = folder / "query.sparql", folder / "answer.csv"
    query.write_text(PREFIXES + dedent(text))
    outside.said(sys.executable, VENV / "case_sparql_select", answer, query, graph)
    return [
        {name: value for name, value in row.items() if name.startswith("?")} for row in csv.DictReader(answer.open())
    ]


PREFIXES = """
PREFIX investigation: <https://ontology.caseontology.org/case/investigation/>
PREFIX action: <https://ontology.unifiedcyberontology.org/uco/action/>
PREFIX core: <https://ontology.unifiedcyberontology.org/uco/core/>
PREFIX observable: <https://ontology.unifiedcyberontology.org/uco/observable/>
PREFIX types: <https://ontology.unifiedcyberontology.org/uco/types/>
"""


def test_each_recipient_opens_it_with_debians_age_and_nobody_else(received, tmp_path):
    plain = outside.said("age", "-d", "-i", received.key, received.file)
    assert outside.said("age", "-d", "-i", received.other_key, received.file) == plain
    stranger = tmp_path / "stranger.key"
    made_key(stranger)
    refused = outside.run("age", "-d", "-i", stranger, received.file)
    assert (refused.returncode, refused.stdout) == (1, b"")


def test_bagit_finds_it_valid_and_one_changed_byte_invalid(received, tmp_path):
    bagit = VENV / "bagit.py"
    outside.said(sys.executable, bagit, "--validate", received.bag)
    outside.said("cp", "-r", received.bag, tmp_path / "bag")
    changed = tmp_path / "bag/data/originals/E0002.wav"
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    assert outside.run(sys.executable, bagit, "--validate", tmp_path / "bag").returncode == 1


@pytest.mark.timeout(300)
def test_the_graph_conforms_to_case_1_4(received):
    said = outside.said(
        sys.executable, VENV / "case_validate", "--built-version", "case-1.4.0", received.bag / "data/case.jsonld"
    )
    assert b"Conforms: True" in said


def test_the_graph_has_the_nodes_that_the_case_asks_for(received, tmp_path):
    """A graph without any node would conform too: so the nodes are counted."""
    rows = sparql(received.bag / "data/case.jsonld", tmp_path, "SELECT ?node ?kind\nWHERE { ?node a ?kind . }")
    kinds = [row["?kind"].rpartition("/")[2] for row in rows]
    told_of = RECORDINGS + 1  # each was taken in, and one of them reported
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "Investigation": 1, "Authorization": 1, "Tool": 1, "Organization": 1,
        "Person": kinds.count("Person"),
        "ProvenanceRecord": RECORDINGS,
        "File": 2 * RECORDINGS, "AudioFacet": 2 * RECORDINGS, "ContentDataFacet": 2 * RECORDINGS,
        "FileFacet": 2 * RECORDINGS, "Hash": 4 * RECORDINGS, "ObservableRelationship": RECORDINGS,
        "InvestigativeAction": told_of + received.openings + 1,
    }  # fmt: skip
    assert kinds.count("Person") >= 4  # who asked, who released, the reporter, the machine


def test_exhibit_numbers_lead_to_the_hashes_from_intake(received, tmp_path):
    rows = sparql(received.bag / "data/case.jsonld", tmp_path, """
        SELECT ?number ?path ?hash
        WHERE {
            ?record a investigation:ProvenanceRecord ; investigation:exhibitNumber ?number ; core:object ?file .
            ?file core:hasFacet ?content, ?place .
            ?content a observable:ContentDataFacet ; observable:hash ?one .
            ?one types:hashMethod ?method ; types:hashValue ?hash .
            ?place observable:filePath ?path .
            FILTER (str(?method) = "SHA256" && contains(?path, "originals")) } ORDER BY ?number""")  # fmt: skip
    assert [row["?number"] for row in rows] == ["E0001", "E0002", "E0003"]
    assert [row["?hash"].lower() for row in rows] == received.sha256
    for row in rows:
        assert hashlib.sha256((received.bag / row["?path"]).read_bytes()).hexdigest() == row["?hash"].lower()


def test_each_act_of_custody_was_informed_by_the_one_before(received, tmp_path):
    rows = sparql(received.bag / "data/case.jsonld", tmp_path, """
        SELECT ?name ?why
        WHERE {
            ?act a investigation:InvestigativeAction ; core:name ?name ; core:description ?why ;
                investigation:wasInformedBy ?before ; action:performer ?who ; action:object ?file . }""")  # fmt: skip
    assert len(rows) == 1 + received.openings  # all but the first of each recording: that it was taken in
    assert "to decide what it is" in {row["?why"] for row in rows}


CMS = ("cms", "-verify", "-binary", "-inform", "DER", "-out", "/dev/null")


def test_openssl_verifies_the_signature_over_the_tag_manifest_and_no_other(received, tmp_path):
    given = ("-in", received.bag / "signature.p7s", "-CAfile", received.bag / "signing-certificate.pem")
    outside.said("openssl", *CMS, *given, "-content", received.bag / "tagmanifest-sha256.txt")
    forged = tmp_path / "tagmanifest-sha256.txt"
    forged.write_bytes((received.bag / "tagmanifest-sha256.txt").read_bytes().replace(b"a", b"b", 1))
    assert outside.run("openssl", *CMS, *given, "-content", forged).returncode != 0


def test_openssl_verifies_the_timestamp_before_the_authoritys_root(received):
    token = ("-in", received.bag / "timestamp.tsr", "-CAfile", received.authority)
    said = outside.said("openssl", "ts", "-verify", "-data", received.bag / "tagmanifest-sha256.txt", *token)
    assert b"Verification: OK" in said
    assert outside.run("openssl", "ts", "-verify", "-data", received.bag / "bagit.txt", *token).returncode != 0


def test_qpdf_and_poppler_find_a_whole_pdf_a_2b(received):
    report = received.bag / "data/report.pdf"
    assert b"No syntax or stream encoding errors" in outside.said("qpdf", "--check", report)
    facts = outside.said("pdfinfo", report).decode()
    assert re.search(r"^Encrypted: +no$", facts, re.M)
    assert re.search(r"^Title: +Case E-\d{4}-\d+: export report$", facts, re.M)
    metadata = outside.said("pdfinfo", "-meta", report).decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>\s*<pdfaid:conformance>B</pdfaid:conformance>", metadata)


def test_the_report_shows_each_exhibit_with_its_hash_and_its_waveform(received):
    report = received.bag / "data/report.pdf"
    text = outside.said("pdftotext", "-layout", report, "-").decode()
    for number, sha256 in enumerate(received.sha256, 1):
        assert f"E000{number}" in text
        assert sha256 in re.sub(r"\s", "", text)
    assert "to decide what it is" in text
    # A waveform is one filled outline with a corner for each column; nothing else in the report has that many.
    drawn = outside.said("qpdf", "--qdf", "--object-streams=disable", report, "-").decode("latin-1")
    assert len(re.findall(r"(?:-?[\d.]+ -?[\d.]+ l\s+){100,}", drawn)) == RECORDINGS


def test_every_file_of_the_ledgers_part_is_there(received):
    assert {path.name for path in (received.bag / "data/ledger").iterdir()} == {
        "checkpoint.txt", "proofs.json", "public-key.pem",
    }  # fmt: skip
