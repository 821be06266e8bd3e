"""The certificate as a document: what it says, what it never says, what breaks it."""

import copy
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reviews import certificates
from reviews.certificates import CertificateInvalid, ErasureFacts, Finding, KeyFacts
from reviews.erasure_states import Outcome, Reason, Stage

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


def facts(**changes):
    given = {
        "certificate_id": uuid4(),
        "erasure_id": uuid4(),
        "clip_id": uuid4(),
        "digest": "ab" * 32,
        "reason": Reason.CRITICAL_DATA.value,
        "ordered_by": str(uuid4()),
        "ordered_at": NOON,
        "due_at": NOON + timedelta(hours=1),
        "no_return_at": NOON + timedelta(seconds=2),
        "bytes_deleted_at": NOON + timedelta(seconds=3),
        "verified_at": NOON + timedelta(seconds=4),
        "key": KeyFacts(str(uuid4()), 3, NOON + timedelta(seconds=2)),
        "findings": [Finding("key-store", Outcome.REMOVED, 1), Finding("caches", Outcome.NOT_APPLICABLE)],
        "recovery_ends_by": NOON + timedelta(days=14),
        "attempts": 1,
    }
    return ErasureFacts(**{**given, **changes})


def signed(body):
    canonical = certificates.canonical(body)
    key_id = certificates.public_key_id(KEY.public_key())
    return certificates.certificate_file(canonical, body, certificates.sign(canonical, KEY), key_id, None)


@pytest.fixture
def body():
    return certificates.live_stores_body(facts(), issued_at=NOON + timedelta(seconds=5))


def test_it_says_what_how_by_whom_when_and_verified_how(body):
    assert body["subject"]["salted_digest"] == "ab" * 32
    assert body["sanitisation"]["method"] == "cryptographic erase"
    assert body["sanitisation"]["key_wrapped_by_master_key_version"] == 3
    assert body["order"]["on_time"] is True
    assert body["sanitiser"]["component"] != body["verification"]["component"]
    assert body["verification"]["stores"][0] == {"store": "key-store", "result": "removed", "items": 1}
    assert body["recovery"]["expected_by"] == "2026-12-02T12:00:00.000000Z"


def test_a_late_erasure_says_so():
    late = certificates.live_stores_body(facts(verified_at=NOON + timedelta(hours=2)), issued_at=NOON)
    assert late["order"]["on_time"] is False


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.FAILED])
def test_nothing_is_certified_while_a_store_is_not_clean(outcome):
    dirty = [Finding("key-store", Outcome.REMOVED, 1), Finding("blob-store", outcome, 3)]
    with pytest.raises(ValueError, match="not clean"):
        certificates.live_stores_body(facts(findings=dirty), issued_at=NOON)


def test_nothing_is_certified_that_nobody_looked_at():
    with pytest.raises(ValueError, match="not clean"):
        certificates.live_stores_body(facts(findings=[]), issued_at=NOON)


def test_it_survives_a_trip_through_json(body):
    file = json.loads(json.dumps(signed(body)))
    assert certificates.verify_signature(file, KEY.public_key()) == certificates.canonical(body)


def test_reordered_and_indented_it_is_still_the_same_certificate(body):
    shuffled = json.loads(json.dumps(signed(dict(reversed(body.items()))), indent=3))
    certificates.verify_signature(shuffled, KEY.public_key())


def test_one_changed_value_breaks_it(body):
    file = signed(body)
    for path in (("order", "due_at"), ("subject", "id"), ("sanitisation", "key_id"), ("verification", "at")):
        changed = copy.deepcopy(file)
        changed["body"][path[0]][path[1]] += "0"
        with pytest.raises(CertificateInvalid, match="does not fit"):
            certificates.verify_signature(changed, KEY.public_key())


def test_another_key_did_not_sign_it(body):
    with pytest.raises(CertificateInvalid, match="does not fit"):
        certificates.verify_signature(signed(body), Ed25519PrivateKey.generate().public_key())


def test_a_signature_over_the_bare_body_is_not_accepted(body):
    file = signed(body)
    bare = KEY.sign(certificates.canonical(body))
    file["signature"]["value"] = __import__("base64").b64encode(bare).decode()
    with pytest.raises(CertificateInvalid):
        certificates.verify_signature(file, KEY.public_key())


@pytest.mark.parametrize(
    "broken",
    [{}, {"body": []}, {"body": {}, "signature": {}}, {"body": {"format": certificates.FORMAT}, "signature": "x"}],
)
def test_something_else_is_refused_with_a_reason(broken):
    with pytest.raises(CertificateInvalid):
        certificates.verify_signature(broken, KEY.public_key())


@pytest.mark.parametrize("value", ["", "not base64!", "AAAA", None, 7])
def test_a_signature_that_cannot_be_read_is_refused(body, value):
    file = signed(body)
    file["signature"]["value"] = value
    with pytest.raises(CertificateInvalid):
        certificates.verify_signature(file, KEY.public_key())


def test_the_second_certificate_rests_on_the_first(body):
    digest = certificates.body_sha256(certificates.canonical(body))
    second = certificates.beyond_recovery_body(uuid4(), body, digest, NOON + timedelta(days=7), NOON)
    assert second["stage"] == Stage.BEYOND_RECOVERY
    assert second["follows"] == {"certificate": body["id"], "body_sha256": digest}
    assert second["subject"] == body["subject"]
    assert second["recovery"]["master_key_version"] == 3


def test_times_are_utc_or_refused():
    assert certificates.moment(NOON) == "2026-11-18T12:00:00.000000Z"
    for wrong in (datetime(2026, 11, 18), NOON.astimezone(timezone(timedelta(hours=1)))):
        with pytest.raises(ValueError, match="UTC"):
            certificates.moment(wrong)


def test_without_the_key_nobody_can_test_a_recording_against_the_digest():
    clip, audio = UUID(int=7), hashlib.sha256(b"audio").hexdigest()
    one = certificates.salted_digest(b"k" * 32, clip, audio)
    assert one != certificates.salted_digest(b"j" * 32, clip, audio)
    assert one != certificates.salted_digest(b"k" * 32, UUID(int=8), audio)
    assert one == certificates.salted_digest(b"k" * 32, clip, audio)
    assert audio not in one
