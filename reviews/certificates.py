"""Certificates of erasure: what they say, how they are signed, how anybody checks one offline. Pure: no ORM.

A certificate file is `{"body", "signature", "proof"}`. The body is signed as canonical JSON (RFC 8785) with Ed25519
(RFC 8032); the ledger entry of the erasure carries the SHA-256 of those same bytes; the proof shows that entry in a
signed tree head (RFC 6962). The fields follow the sample certificate of NIST SP 800-88 (r1 appendix G, r2 section 4):
what, how, with which tool, by whom, verified how and by whom, and what is left in backups.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from project.ledger import checkpoint, merkle
from project.ledger.keynames import public_key_id
from reviews.erasure_states import Outcome, Stage

Body = dict[str, Any]
FORMAT: Final = "urn:earshot:certificate-of-erasure:1"
STANDARD: Final = "NIST SP 800-88"
TOOL: Final = "Earshot"
TOOL_VERSION: Final = "1"
CONTEXT: Final = b"earshot certificate of erasure v1\x00"
MAX_FILE_BYTES: Final = 1 << 20
KEY_ID: Final = re.compile(r"[0-9a-f]{16}")


class CertificateInvalid(ValueError):
    """A certificate that does not hold; the message says which of its parts, never what was erased."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What re-reading one store showed. `items` counts what was looked for there."""

    store: str
    outcome: Outcome
    items: int = 0

    @property
    def is_clean(self) -> bool:
        """True where nothing is left but what a redaction was to leave."""
        return self.outcome in {Outcome.REMOVED, Outcome.NOT_APPLICABLE, Outcome.KEPT}


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The destroyed data key: its id, the version of the master key that wrapped it, when it went (UTC)."""

    key_id: str
    master_version: int
    destroyed_at: datetime


@dataclass(frozen=True, slots=True)
class Redaction:
    """What a redaction left: the clip's version since then, and how much of it is silent, in how many spans."""

    version: int
    spans: int
    silenced_ms: int


@dataclass(frozen=True, slots=True)
class ErasureFacts:
    """Everything that a certificate says of an erasure; no content, no reference of the source. Times are UTC."""

    certificate_id: UUID
    erasure_id: UUID
    clip_id: UUID
    digest: str
    reason: str
    ordered_by: str
    ordered_at: datetime
    due_at: datetime
    no_return_at: datetime
    bytes_deleted_at: datetime
    verified_at: datetime
    key: KeyFacts
    findings: Sequence[Finding]
    recovery_ends_by: datetime
    attempts: int
    redaction: Redaction | None = None


def salted_digest(data_key: bytes, clip_id: UUID, sha256: str) -> str:
    """A commitment to the erased bytes, hex: its salt comes from the clip's own key and is destroyed with it.

    So it names exactly one recording, and after the erasure nobody can test a recording against it.
    """
    salt = hashlib.sha256(CONTEXT + b"salt" + data_key).digest()
    return hashlib.sha256(CONTEXT + salt + clip_id.bytes + sha256.encode()).hexdigest()


def live_stores_body(facts: ErasureFacts, issued_at: datetime) -> Body:
    """The first certificate: erased from every live store. Raises ValueError if a store was not clean."""
    if not facts.findings or not all(finding.is_clean for finding in facts.findings):
        raise ValueError("a store was not clean: nothing to certify")
    return _redacted(facts) | {
        "format": FORMAT,
        "stage": Stage.LIVE_STORES.value,
        "id": str(facts.certificate_id),
        "issued_at": moment(issued_at),
        "erasure": str(facts.erasure_id),
        "subject": _subject(facts),
        "order": _order(facts),
        "sanitisation": _sanitisation(facts),
        "sanitiser": _sanitiser(facts),
        "verification": _verification(facts),
        "recovery": {
            "backups": "backups of the key store taken before the erasure still hold the wrapped key",
            "ends_with_master_key_version": facts.key.master_version,
            "expected_by": moment(facts.recovery_ends_by),
        },
    }


def _redacted(facts: ErasureFacts) -> Body:
    """Said only of a redaction: what was erased is the version with everything in it."""
    if facts.redaction is None:
        return {}
    return {
        "redaction": {
            "erased": "the recording as it came in, its derived values and every text sealed with it",
            "kept": "a version with the flagged spans silent, under a key of its own",
            "kept_version": facts.redaction.version,
            "spans": facts.redaction.spans,
            "silenced_ms": facts.redaction.silenced_ms,
        }
    }


def beyond_recovery_body(
    certificate_id: UUID, first: Body, first_sha256: str, destroyed_at: datetime, issued_at: datetime
) -> Body:
    """The second certificate: the master key that had wrapped the clip's key is destroyed. Rests on the first."""
    return {
        "format": FORMAT,
        "stage": Stage.BEYOND_RECOVERY.value,
        "id": str(certificate_id),
        "issued_at": moment(issued_at),
        "erasure": first["erasure"],
        "subject": first["subject"],
        "follows": {"certificate": first["id"], "body_sha256": first_sha256},
        "recovery": {
            "backups": "no backup of any store can be opened again",
            "master_key_version": first["recovery"]["ends_with_master_key_version"],
            "master_key_destroyed_at": moment(destroyed_at),
        },
    }


def _subject(facts: ErasureFacts) -> Body:
    return {
        "kind": "clip",
        "id": str(facts.clip_id),
        "salted_digest": facts.digest,
        "digest_method": "SHA-256 with a salt derived from the destroyed key",
    }


def _order(facts: ErasureFacts) -> Body:
    return {
        "reason": facts.reason,
        "ordered_by": facts.ordered_by,
        "ordered_at": moment(facts.ordered_at),
        "due_at": moment(facts.due_at),
        "on_time": facts.verified_at <= facts.due_at,
        "attempts": facts.attempts,
    }


def _sanitisation(facts: ErasureFacts) -> Body:
    return {
        "standard": STANDARD,
        "category": "purge",
        "method": "cryptographic erase" if facts.redaction is None else "redaction with cryptographic erase",
        "technique": "AES-256-GCM data key destroyed, then every ciphertext and derived value deleted",
        "media_type": "logical object in database and blob store",
        "tool": TOOL,
        "tool_version": TOOL_VERSION,
        "key_id": facts.key.key_id,
        "key_wrapped_by_master_key_version": facts.key.master_version,
        "past_recall_at": moment(facts.no_return_at),
        "key_destroyed_at": moment(facts.key.destroyed_at),
        "bytes_deleted_at": moment(facts.bytes_deleted_at),
    }


def _sanitiser(facts: ErasureFacts) -> Body:
    return {"title": "erasure worker", "component": "reviews.actions.shredding", "at": moment(facts.bytes_deleted_at)}


def _verification(facts: ErasureFacts) -> Body:
    return {
        "title": "erasure verifier",
        "component": "reviews.verifier",
        "method": "every store read again over connections of its own; opening must fail",
        "at": moment(facts.verified_at),
        "stores": [{"store": f.store, "result": f.outcome.value, "items": f.items} for f in facts.findings],
    }


def moment(value: datetime) -> str:
    """An instant as RFC 3339 in UTC with microseconds. Raises ValueError for a naive one."""
    offset = value.utcoffset()
    if offset is None or offset.total_seconds():
        raise ValueError("certificates speak UTC")
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(body: Body) -> bytes:
    """The bytes that are hashed and signed (RFC 8785)."""
    return rfc8785.dumps(body)


def body_sha256(canonical_body: bytes) -> str:
    """What the ledger entry carries, hex."""
    return hashlib.sha256(canonical_body).hexdigest()


def sign(canonical_body: bytes, key: Ed25519PrivateKey) -> bytes:
    """An Ed25519 signature (64 bytes) over the context and the body, so that it can sign nothing else."""
    return key.sign(CONTEXT + canonical_body)


def certificate_file(canonical_body: bytes, body: Body, signature: bytes, key_id: str, proof: Body | None) -> Body:
    """What is downloaded: {body, signature, proof}. `proof` is None until the ledger has sealed the entry."""
    if canonical(body) != canonical_body:
        raise ValueError("the stored body is not canonical")
    return {
        "body": body,
        "signature": {"algorithm": "Ed25519", "key": key_id, "value": base64.b64encode(signature).decode()},
        "proof": proof,
    }


Keys = Ed25519PublicKey | Sequence[Ed25519PublicKey]


def verify_signature(certificate: Mapping[str, Any], keys: Keys) -> bytes:
    """Check format and signature of a parsed file; give back the canonical body. Raises CertificateInvalid."""
    body, signature = certificate.get("body"), certificate.get("signature")
    if not isinstance(body, dict) or not isinstance(signature, dict):
        raise CertificateInvalid("this is not a certificate of erasure: it has no body or no signature")
    if body.get("format") != FORMAT or body.get("stage") not in Stage.values:
        raise CertificateInvalid("this certificate has an unknown format or stage")
    try:
        canonical_body = canonical(body)
        value = base64.b64decode(signature["value"], validate=True)
        fits = any(_fits(key, value, CONTEXT + canonical_body) for key in _each(keys))
    except (KeyError, TypeError, ValueError, rfc8785.CanonicalizationError):
        raise CertificateInvalid("the body or the signature cannot be read") from None
    if not fits:
        raise CertificateInvalid(_wrong_key(signature.get("key"), keys))
    return canonical_body


def _fits(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _each(keys: Keys) -> Sequence[Ed25519PublicKey]:
    return [keys] if isinstance(keys, Ed25519PublicKey) else keys


def _wrong_key(named: object, keys: Keys) -> str:
    """Whether another key is needed, or the right one does not fit. The file's own word is quoted only as hex."""
    given = [public_key_id(key) for key in _each(keys)]
    if named in given or not isinstance(named, str) or not KEY_ID.fullmatch(named):
        return "the signature does not fit the body and this public key"
    return f"the signature does not fit this public key: it names key {named}, and {' and '.join(given)} was given"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A certificate that holds. `leaf_index` and `tree_size` are None where the file carries no proof."""

    clip_id: str
    erasure_id: str
    stage: str
    issued_at: str
    body_sha256: str
    leaf_index: int | None = None
    tree_size: int | None = None

    @property
    def is_proved(self) -> bool:
        """True when the ledger's signed tree was shown to hold the entry that commits to this body."""
        return self.leaf_index is not None


def verify(certificate: Mapping[str, Any], keys: Keys) -> Verdict:
    """Check a parsed file with the public key, or keys, and nothing else. Raises CertificateInvalid.

    1. The signature fits the body. 2. One of the keys signed the proof's checkpoint; one key is enough, since a file is
    proved under a checkpoint that the certificate's own key signed. 3. The entry is in that tree. 4. The entry is one
    about this erasure and carries the SHA-256 of this body.
    """
    canonical_body = verify_signature(certificate, keys)
    body, proof, digest = certificate["body"], certificate.get("proof"), body_sha256(canonical_body)
    try:
        said = Verdict(
            str(body["subject"]["id"]), str(body["erasure"]), str(body["stage"]), str(body["issued_at"]), digest
        )
    except (KeyError, TypeError):
        raise CertificateInvalid("the body lacks what every certificate has") from None
    if proof is None:
        return said
    try:
        index, size = _check_proof(proof, keys, digest, body)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        reason = str(error) if isinstance(error, CertificateInvalid) else "the proof cannot be read"
        raise CertificateInvalid(reason) from None
    return replace(said, leaf_index=index, tree_size=size)


def _check_proof(proof: Mapping[str, Any], keys: Keys, digest: str, body: Body) -> tuple[int, int]:
    leaf, hashes = base64.b64decode(proof["entry"], validate=True), proof["hashes"]
    index, size = int(proof["leaf_index"]), int(proof["tree_size"])
    try:
        head = checkpoint.verify(proof["checkpoint"], _each(keys))
    except checkpoint.BadNote:
        raise CertificateInvalid("this public key did not sign the proof's checkpoint") from None
    path = [base64.b64decode(one, validate=True) for one in hashes]
    if head.size != size or not merkle.includes(merkle.leaf_hash(leaf), index, size, path, head.root):
        raise CertificateInvalid("the proof does not lead from the entry to the signed tree")
    entry = json.loads(leaf)
    if entry["facts"].get("sha256") != digest or entry["subject_id"] != body["erasure"]:
        raise CertificateInvalid("the ledger's entry commits to another certificate")
    return index, size
