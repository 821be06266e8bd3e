"""`verify` finds whatever is wrong with an export, and names the file."""

from __future__ import annotations

import shutil
import tarfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from escalations.export.facts import LedgerExtract, Profile, Proof
from escalations.export.package import Package, Seals
from escalations.export.stamp import request_timestamp
from escalations.export.verify import Trust, verify
from project.ledger import checkpoint, merkle
from tests.escalations.export_facts import NOW, facts_of, signer, tar_of, unpacked
from tests.escalations.tsa import authority


def ledger_of(count: int = 5) -> LedgerExtract:
    """A small tree, its signed head, and a proof for each entry, the last in hash only."""
    key = Ed25519PrivateKey.generate()
    ids = [uuid4() for _ in range(count)]
    leaves = [f'{{"event":"case.moved","id":"{one}"}}'.encode() for one in ids]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    nodes = {(0, index): one for index, one in enumerate(hashes)}
    edge = merkle.Frontier()
    for one in hashes:
        nodes.update(edge.append(one))
    head = checkpoint.TreeHead("earshot", count, edge.root())

    def proof(index: int) -> Proof:
        way = merkle.hashes_of(merkle.inclusion_ranges(index, count), lambda wanted: {at: nodes[at] for at in wanted})
        leaf = leaves[index] if index < count - 1 else None
        return Proof(ids[index], "case.moved", NOW, leaf, hashes[index], index, count, tuple(way))

    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return LedgerExtract(checkpoint.sign(head, key), pem, tuple(proof(index) for index in range(count)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, Path]:
    """An export with everything in it, and the certificate of its timestamp authority."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "ca").mkdir()
    facts, sound = facts_of(2)
    with authority(folder / "ca") as there:
        seals = Seals(signer(), partial(request_timestamp, there.url))
        archive = tar_of(replace(facts, ledger=ledger_of()), sound, seals)
    (folder / "export.tar").write_bytes(archive)
    return unpacked(archive, folder / "out"), there.certificate


@pytest.fixture
def bag(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole[0], tmp_path / "bag"))


def named(bag: Path, trust: Trust | None = None) -> set[str]:
    return {finding.path for finding in verify(bag, trust).findings}


def test_a_whole_export_holds_as_a_folder_and_as_a_tar(whole):
    assert verify(whole[0]).findings == []
    assert verify(whole[0].parent.parent / "export.tar").findings == []


def test_it_holds_before_the_authoritys_certificate(whole):
    roots = x509.load_pem_x509_certificates(whole[1].read_bytes())
    verdict = verify(whole[0], Trust(authorities=roots))
    assert verdict.findings == []
    assert any("timestamp authority saw it" in note for note in verdict.notes)


def test_another_authoritys_certificate_does_not_do(whole):
    assert named(whole[0], Trust(authorities=[signer().certificate])) == {"timestamp.tsr"}


def test_another_organisations_certificate_does_not_do(whole):
    assert "signing-certificate.pem" in named(whole[0], Trust(certificate=signer().certificate))


def test_another_ledgers_key_does_not_do(whole):
    assert "data/ledger/public-key.pem" in named(whole[0], Trust(ledger_key_pem=ledger_of().public_key_pem))


def test_a_missing_file_is_named(bag):
    for path in sorted(path for path in bag.rglob("*") if path.is_file()):
        content = path.read_bytes()
        path.unlink()
        assert path.relative_to(bag).as_posix() in named(bag)
        path.write_bytes(content)


@pytest.mark.parametrize("name", ["data/extra.txt", "extra.txt", "data/originals/E0009.wav"])
def test_an_added_file_is_named(bag, name):
    (bag / name).write_text("slipped in")
    assert name in named(bag)


def test_a_link_is_no_file(bag):
    (bag / "data/extra.txt").symlink_to("/etc/hostname")
    assert not verify(bag).holds


def test_a_bag_with_rebuilt_manifests_is_not_what_was_signed(tmp_path):
    """Manifests can be made anew by anybody: the signature is what they can't make."""
    facts, sound = facts_of(1)
    forged = unpacked(tar_of(facts, sound, Seals(signer())), tmp_path / "forged")
    real = signer()
    assert "signing-certificate.pem" in named(forged, Trust(certificate=real.certificate))
    (forged / "signing-certificate.pem").write_bytes(real.certificate_pem)
    assert {"signature.p7s", "signing-certificate.pem"} <= named(forged)


def test_a_file_that_is_still_encrypted_is_said_plainly(tmp_path):
    path = tmp_path / "export.tar.age"
    path.write_bytes(b"age-encryption.org/v1\n-> X25519 ...")
    assert "decrypt it first" in verify(path).findings[0].problem


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100])
def test_what_is_no_export_is_refused(tmp_path, content):
    path = tmp_path / "export.tar"
    path.write_bytes(content)
    assert not verify(path).holds


def test_a_tar_with_two_folders_is_refused(tmp_path):
    path = tmp_path / "export.tar"
    with tarfile.open(path, "w") as tar:
        for name in ("one/x", "two/x"):
            tar.addfile(tarfile.TarInfo(name))
    assert "exactly one folder" in verify(path).findings[0].problem


def test_sound_has_no_place_in_a_regulators_export(tmp_path):
    """Even where manifests and signature agree: the facts say regulator, and a builder went wrong."""
    facts, sound = facts_of(1, Profile.LAW_ENFORCEMENT)
    package = Package(facts, sound, Seals(signer()))
    said = package.info() | {"Earshot-Profile": "regulator"}
    package.info = lambda: said
    wrong = verify(unpacked(b"".join(package.stream()), tmp_path)).findings
    assert {finding.path for finding in wrong if "has no place" in finding.problem} == {
        "data/originals/E0001.wav", "data/redacted/E0001.wav", "data/transcripts/E0001.txt",
    }  # fmt: skip


def test_what_a_good_verdict_rests_on_is_said(tmp_path):
    facts, sound = facts_of(1)
    notes = " ".join(verify(unpacked(tar_of(facts, sound), tmp_path)).notes)
    assert "fingerprint" in notes
    assert "no timestamp" in notes
