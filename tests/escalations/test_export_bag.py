"""What lies in an export and what stops one. Other people's programs look at a built one in test_export_outside."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from escalations.export.bag import BagStream, WrongSize
from escalations.export.facts import Profile, TimelineEntry
from escalations.export.package import NotAsTakenIn, Package, Seals
from escalations.export.tables import safe_cell
from tests.escalations.export_facts import NOW, Recordings, facts_of, signer, tar_of, unpacked

TOOLS = Path(sys.executable).parent


def run(*command: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(one) for one in command], cwd=folder, capture_output=True, text=True, check=False)


def paths(bag: Path) -> set[str]:
    return {path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file()}


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    facts, sound = facts_of(3)
    return unpacked(tar_of(facts, sound), tmp_path)


def test_bagit_accepts_it(bag):
    done = run(sys.executable, TOOLS / "bagit.py", "--validate", bag)
    assert done.returncode == 0, done.stderr


def test_bagit_refuses_it_after_one_byte(bag):
    original = bag / "data/originals/E0001.wav"
    original.write_bytes(original.read_bytes()[:-1] + b"!")
    assert run(sys.executable, TOOLS / "bagit.py", "--validate", bag).returncode == 1


def test_a_report_is_set_for_names_that_no_font_has(tmp_path):
    facts, sound = facts_of(1)
    odd = replace(facts, organization="株式会社 Voice 😀")
    assert (unpacked(tar_of(odd, sound), tmp_path) / "data/report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_large_case_is_reported_in_volumes(tmp_path):
    facts, sound = facts_of(450, Profile.REGULATOR)
    bag = unpacked(tar_of(facts, sound), tmp_path)
    assert {path for path in paths(bag) if "report" in path} == {
        "data/report.pdf", "data/report-2.pdf", "data/report-3.pdf",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "originals", "redacted", "transcripts"),
    [(Profile.LAW_ENFORCEMENT, 2, 2, 2), (Profile.INTERNAL, 0, 2, 0), (Profile.REGULATOR, 0, 0, 0)],
)
def test_the_profile_decides_what_goes_along(tmp_path, profile, originals, redacted, transcripts):
    facts, sound = facts_of(2, profile)
    found = paths(unpacked(tar_of(facts, sound), tmp_path))
    counts = [
        sum(path.startswith(f"data/{kind}/") for path in found) for kind in ("originals", "redacted", "transcripts")
    ]
    assert counts == [originals, redacted, transcripts]


@pytest.mark.parametrize("profile", [Profile.INTERNAL, Profile.REGULATOR])
def test_only_an_authority_learns_the_sources_references(tmp_path, profile):
    facts, sound = facts_of(2, profile)
    assert b"household-7" not in tar_of(facts, sound)
    assert b"household-7" in tar_of(*facts_of(2, Profile.LAW_ENFORCEMENT))


def test_both_hashes_of_every_recording_are_listed(bag):
    rows = list(csv.DictReader(io.StringIO((bag / "data/exhibits.csv").read_text(), newline="")))
    assert [row["exhibit"] for row in rows] == ["E0001", "E0002", "E0003"]
    assert all(
        len(row["sha256_at_intake"]) == 64 and row["sha256_at_intake"] == row["sha256_at_export"] for row in rows
    )


def test_a_recording_that_changed_since_intake_stops_the_export():
    facts, sound = facts_of(3)
    spoilt = Recordings(sound.audio, frozenset({"E0002"}))
    with pytest.raises(NotAsTakenIn, match="E0002"):
        tar_of(facts, spoilt)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "  =1", "|calc", "%0A"])
def test_no_cell_is_taken_for_a_formula(text):
    assert safe_cell(text).startswith("'")


def test_an_ordinary_cell_stays_as_it_is():
    assert safe_cell("call-1 = 2") == "call-1 = 2"


def test_the_tables_defuse_what_a_source_wrote(bag):
    assert '"\'=call-1"' in (bag / "data/exhibits.csv").read_text()


def test_the_index_needs_no_network_and_breaks_no_markup(tmp_path):
    facts, sound = facts_of(2)
    odd = replace(facts, timeline=(TimelineEntry(NOW, "<script>alert(1)</script>", "Sam", "supervisor"),))
    page = (unpacked(tar_of(odd, sound), tmp_path) / "data/index.html").read_text()
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?:https?:|//)", page)
    assert "data/" not in re.findall(r"src=\"([^\"]+)\"", page)[0]


def test_every_link_of_the_index_leads_to_a_file(bag):
    page = (bag / "data/index.html").read_text()
    for link in set(re.findall(r"(?:src|href)=\"([^\"#]+)\"", page)):
        assert (bag / "data" / link).is_file(), link


def test_the_same_facts_give_the_same_documents():
    facts, sound = facts_of(2)
    key = signer()
    once, twice = Package(facts, sound, Seals(key)), Package(facts, sound, Seals(key))
    assert list(once.stream())
    assert list(twice.stream())
    assert once.bag.signed_manifest == twice.bag.signed_manifest


def test_the_archive_holds_one_folder_of_plain_files():
    facts, sound = facts_of(1)
    with tarfile.open(fileobj=io.BytesIO(tar_of(facts, sound))) as tar:
        members = tar.getmembers()
    assert {member.name.partition("/")[0] for member in members} == {facts.root}
    assert all(member.isreg() and member.mode == 0o644 and not member.uname for member in members)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "data/../x", "data/a\nb", "data\\x", "data//x", ""])
def test_a_bag_takes_no_path_that_leads_elsewhere(path):
    with pytest.raises(ValueError):
        list(BagStream("root", NOW).add_bytes(path, b"x"))


@pytest.mark.parametrize("size", [2, 4])
def test_a_file_that_is_not_as_long_as_promised_stops_the_archive(size):
    with pytest.raises(WrongSize):
        list(BagStream("root", NOW).add("data/x", size, [b"abc"]))


def test_a_field_of_bag_info_cannot_forge_another(tmp_path):
    facts, sound = facts_of(1)
    odd = replace(facts, organization="Voice\nPayload-Oxum: 1.1")
    assert "\nPayload-Oxum: 1.1" not in (unpacked(tar_of(odd, sound), tmp_path) / "bag-info.txt").read_text()
