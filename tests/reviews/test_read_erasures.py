"""Reading erasures and certificates over the API and on pages: who may, and what is said."""

import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command

from project import vault
from project.ledger.sealing import seal
from reviews import certificates
from reviews.actions.certificates import certificate_file_of
from reviews.actions.erasures import erase
from reviews.certificate_pdf import content_of, pdf_of
from reviews.erasure_states import Reason
from tests.reviews.erasing import TRANSCRIPT, ordered, sealed_clip

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/erasures/"


@pytest.fixture
def clip(now):
    return sealed_clip(now)


@pytest.fixture
def erasure(clip, reviewer, supervisor, now):
    return ordered(clip, now, actor=reviewer)


@pytest.fixture
def certified(erasure, now):
    erase(erasure.pk, now=now)
    seal(now)
    return erasure


def test_its_state_is_on_the_wire(api_of, auditor, clip, erasure):
    said = api_of(auditor).get(f"{LIST}{erasure.pk}/").json()
    assert {name: said[name] for name in ("id", "clip", "reason", "state", "attempts")} == {
        "id": str(erasure.pk), "clip": str(clip.pk), "reason": "critical_data", "state": "ordered", "attempts": 0,
    }  # fmt: skip
    assert said["due_at"].endswith("Z")


def test_the_list_can_be_narrowed(api_of, auditor, erasure, now):
    late = ordered(sealed_clip(now), now - timedelta(days=9), reason=Reason.RETENTION_END)
    client = api_of(auditor)
    assert len(client.get(LIST).json()["results"]) == 2
    assert [one["id"] for one in client.get(f"{LIST}?overdue=true").json()["results"]] == [str(late.pk)]
    assert [one["id"] for one in client.get(f"{LIST}?reason=critical_data").json()["results"]] == [str(erasure.pk)]
    assert client.get(f"{LIST}?state=certified").json()["results"] == []


@pytest.mark.parametrize("query", ["state=gone", "limit=0", "limit=5000", "who=me", "overdue=perhaps"])
def test_a_question_that_makes_no_sense_is_refused(api_of, auditor, query):
    assert api_of(auditor).get(f"{LIST}?{query}").status_code == 400


def test_another_teams_supervisor_cannot_tell_it_from_nothing(api_of, supervisor, other_supervisor, certified):
    for path in (f"{LIST}{certified.pk}/", f"{LIST}{certified.pk}/certificate/"):
        assert api_of(supervisor).get(path).status_code == 200
        mine, absent = api_of(other_supervisor).get(path), api_of(other_supervisor).get(f"{LIST}{clip_id()}/")
        assert (mine.status_code, mine.content) == (404, absent.content)


def clip_id():
    return "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("who", ["reviewer", "legal", "moderator", "administrator", "ingest_service"])
def test_the_wrong_role_sees_nothing(api_of, request, certified, who):
    user = request.getfixturevalue(who)
    assert api_of(user).get(LIST).status_code == 404
    assert api_of(user).get(f"{LIST}{certified.pk}/certificate/").status_code == 404


def test_nobody_may_write(api_of, auditor, erasure):
    for method in ("post", "put", "patch", "delete"):
        assert getattr(api_of(auditor), method)(f"{LIST}{erasure.pk}/").status_code == 405


def test_there_is_no_certificate_before_there_is_one(api_of, auditor, erasure):
    assert api_of(auditor).get(f"{LIST}{erasure.pk}/certificate/").status_code == 404


def test_the_certificate_file_holds_offline(api_of, auditor, certified, tmp_path):
    file = api_of(auditor).get(f"{LIST}{certified.pk}/certificate/").json()
    assert set(file) == {"body", "signature", "proof"}
    path, key = tmp_path / "certificate.json", tmp_path / "key.pem"
    path.write_text(json.dumps(file, indent=4))
    key.write_text(vault.public_key_pem())
    out = StringIO()
    call_command("verify_certificate", str(path), "--key", str(key), "--require-proof", stdout=out)
    assert "signature   holds" in out.getvalue()
    assert "ledger      holds" in out.getvalue()


def test_before_the_ledger_has_sealed_it_the_file_says_so(api_of, auditor, erasure, now, tmp_path):
    erase(erasure.pk, now=now)
    file = api_of(auditor).get(f"{LIST}{erasure.pk}/certificate/").json()
    assert file["proof"] is None
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(file))
    out = StringIO()
    call_command("verify_certificate", str(path), stdout=out)
    assert "not in this file" in out.getvalue()
    with pytest.raises(CommandError, match="no proof"):
        call_command("verify_certificate", str(path), "--require-proof")


def changed_body(file):
    file["body"]["order"]["reason"] = "retention_end"


def changed_entry(file):
    file["proof"]["entry"] = file["proof"]["entry"].replace("A", "B", 1)


def changed_index(file):
    file["proof"]["leaf_index"] += 1


def changed_checkpoint(file):
    file["proof"]["checkpoint"] = file["proof"]["checkpoint"].replace("\n", "\n1", 1)


def lost_hashes(file):
    file["proof"] = {"entry": file["proof"]["entry"]}


def no_signature(file):
    del file["signature"]


@pytest.mark.parametrize(
    "tamper", [changed_body, changed_entry, changed_index, changed_checkpoint, lost_hashes, no_signature]
)
def test_a_file_that_was_tampered_with_does_not_hold(api_of, auditor, certified, tmp_path, tamper):
    file = api_of(auditor).get(f"{LIST}{certified.pk}/certificate/").json()
    tamper(file)
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(file))
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_certificate", str(path))


def test_with_a_strangers_key_it_does_not_hold(api_of, auditor, certified, tmp_path):
    path, key = tmp_path / "certificate.json", tmp_path / "key.pem"
    path.write_text(json.dumps(api_of(auditor).get(f"{LIST}{certified.pk}/certificate/").json()))
    pem = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key.write_bytes(pem)
    with pytest.raises(CommandError, match="does not fit"):
        call_command("verify_certificate", str(path), "--key", str(key))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "[" * 100_000, "null"])
def test_a_file_that_is_no_certificate_is_refused(tmp_path, db, content):
    path = tmp_path / "something.json"
    path.write_text(content)
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_certificate", str(path))


def test_the_pages_show_steps_and_certificate_and_no_content(client_of, supervisor, certified):
    client = client_of(supervisor)
    issued = certified.certificates.get()
    pages = [
        client.get(path).content.decode()
        for path in (
            "/erasures/", f"/erasures/{certified.pk}/", "/certificates/", f"/certificates/{issued.pk}/",
        )
    ]  # fmt: skip
    assert "Erased and certified" in pages[0]
    assert "Point of no return" in pages[1]
    assert "Erased from every live store" in pages[2]
    assert "cryptographic erase" in pages[3]
    assert not any(word in page for page in pages for word in TRANSCRIPT.split() if len(word) > 7)


def test_the_certificate_is_downloaded_as_a_file(client_of, auditor, certified):
    issued = certified.certificates.get()
    answer = client_of(auditor).get(f"/certificates/{issued.pk}/download/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["body"]["erasure"] == str(certified.pk)


def test_a_late_one_stands_out_in_words(client_of, supervisor, reviewer, now):
    late = ordered(sealed_clip(now), now - timedelta(hours=2), actor=reviewer)
    client = client_of(supervisor)
    assert "missed the deadline" in client.get("/erasures/").content.decode()
    assert "This missed its deadline" in client.get(f"/erasures/{late.pk}/").content.decode()
    assert str(late.clip_id)[:8] in client.get("/erasures/?show=late").content.decode()


def test_an_empty_list_says_what_will_be_here(client_of, auditor):
    assert "Nothing here" in client_of(auditor).get("/erasures/").content.decode()
    assert "No certificates yet" in client_of(auditor).get("/certificates/").content.decode()


def test_another_teams_supervisor_finds_no_page(client_of, other_supervisor, certified):
    issued = certified.certificates.get()
    client = client_of(other_supervisor)
    for path in (f"/erasures/{certified.pk}/", f"/certificates/{issued.pk}/", f"/certificates/{issued.pk}/download/"):
        assert client.get(path).status_code == 404


def test_the_certificate_comes_as_a_pdf_that_says_what_the_file_says(client_of, auditor, certified):
    issued = certified.certificates.get()
    answer = client_of(auditor).get(f"/certificates/{issued.pk}/pdf/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert b"<pdfaid:part>2</pdfaid:part>" in answer.content
    said = content_of(certificate_file_of(issued), issued.body_sha256)
    words = json.dumps(said)
    for word in (
        str(certified.clip_id),
        "cryptographic erase",
        "Key store",
        "Signed tree head",
        issued.body_sha256[:44],
    ):
        assert word in words


def test_a_pdf_of_the_second_stage_rests_on_the_first(certified, now):
    first = json.loads(bytes(certified.certificates.get().canonical_body))
    body = certificates.beyond_recovery_body(uuid4(), first, "ab" * 32, now, issued_at=now)
    file = {"body": body, "signature": {"algorithm": "Ed25519", "key": "k", "value": "v" * 88}, "proof": None}
    said = content_of(file, "cd" * 32)
    assert [one["title"] for one in said["sections"]] == ["What", "Rests on", "Backups"]
    assert pdf_of(file, "cd" * 32).startswith(b"%PDF-")


def test_a_stranger_to_the_certificate_gets_no_pdf(client_of, legal, certified):
    assert client_of(legal).get(f"/certificates/{certified.certificates.get().pk}/pdf/").status_code == 404
