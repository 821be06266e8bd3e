"""Issuing certificates of erasure: the first when every store was found empty, the second when no backup can help."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger, vault
from project.ledger.errors import NoSuchTree, NotSealedYet
from project.ledger.events import Event
from project.ledger.proofs import inclusion_for
from reviews import certificates, verifier
from reviews.certificates import Body, ErasureFacts, Finding, KeyFacts
from reviews.erasure_errors import NotErased
from reviews.erasure_states import ErasureState, Stage
from reviews.models import Certificate, Clip, Erasure
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import ClipState

PARTS: Final = frozenset({AUDIO, SOFTENED, PEAKS, "redacted"})
# The master key is rotated weekly; one more week for a rotation that has to be repeated.
RECOVERY_ENDS_AFTER: Final = timedelta(days=14)
BATCH: Final = 200


def verify_and_certify(erasure_id: UUID, *, clock: Callable[[], datetime]) -> ErasureState:
    """Have the verifier re-read every store; certify what is gone, send back what is not.

    1. Read all stores, outside any transaction.
    2. Something is left: back to `shredding`, and raise NotErased so that the attempt counts as failed.
    3. Build and sign the certificate, still outside.
    4. In one transaction: certificate, ledger entry that commits to it, `certified`, and the clip is a tombstone.
    """
    erasure = Erasure.objects.select_related("clip").get(pk=erasure_id)
    found = verifier.findings(erasure.clip_id, PARTS)
    verified_at = clock()
    if not all(finding.is_clean for finding in found):
        _send_back(erasure_id, found, now=verified_at)
        raise NotErased(found)
    erasure.verified_at, now = verified_at, clock()
    signed = _sign(certificates.live_stores_body(_facts(erasure, found), issued_at=now))
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=erasure.clip_id)
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.state != ErasureState.VERIFYING:
            return ErasureState(erasure.state)
        clip.become(ClipState.ERASED)
        clip.save(update_fields=["state"])
        erasure.state, erasure.leased_until, erasure.last_error_code = ErasureState.CERTIFIED, None, ""
        erasure.verified_at, erasure.certified_at = verified_at, now
        erasure.save()
        _issue(erasure, Stage.LIVE_STORES, signed, now=now)
    return ErasureState.CERTIFIED


def _send_back(erasure_id: UUID, found: list[Finding], *, now: datetime) -> None:
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.state != ErasureState.VERIFYING:
            return
        erasure.state = ErasureState.SHREDDING
        erasure.save(update_fields=["state"])
        ledger.record(
            Event.ERASURE_NOT_VERIFIED, actor=None, subject=erasure, now=now,
            clip=erasure.clip_id, stores=[finding.store for finding in found if not finding.is_clean],
        )  # fmt: skip


def _facts(erasure: Erasure, found: list[Finding]) -> ErasureFacts:
    if not (erasure.no_return_at and erasure.key_destroyed_at and erasure.bytes_deleted_at and erasure.verified_at):
        raise ValueError("an erasure is certified after its steps, not before")
    return ErasureFacts(
        certificate_id=uuid4(),
        erasure_id=erasure.pk,
        clip_id=erasure.clip_id,
        digest=erasure.salted_digest,
        reason=erasure.reason,
        ordered_by=str(erasure.ordered_by_id or "system"),
        ordered_at=erasure.ordered_at,
        due_at=erasure.due_at,
        no_return_at=erasure.no_return_at,
        bytes_deleted_at=erasure.bytes_deleted_at,
        verified_at=erasure.verified_at,
        key=KeyFacts(erasure.key_id, erasure.master_version or 0, erasure.key_destroyed_at),
        findings=found,
        recovery_ends_by=erasure.key_destroyed_at + RECOVERY_ENDS_AFTER,
        attempts=erasure.attempts,
    )


Signed = tuple[Body, bytes, bytes, str]


def _sign(body: Body) -> Signed:
    """(body, canonical bytes, signature, public key id). Reads the signing key: never inside a transaction."""
    key = vault.signing_key()
    canonical_body = certificates.canonical(body)
    return body, canonical_body, certificates.sign(canonical_body, key), certificates.public_key_id(key.public_key())


def _issue(erasure: Erasure, stage: Stage, signed: Signed, *, now: datetime) -> Certificate:
    """Store a signed certificate beside the ledger entry that commits to it; inside the caller's transaction."""
    body, canonical_body, signature, key_id = signed
    digest = certificates.body_sha256(canonical_body)
    event = Event.ERASURE_CERTIFIED if stage is Stage.LIVE_STORES else Event.ERASURE_BEYOND_RECOVERY
    entry = ledger.record(
        event, actor=None, subject=erasure, now=now, clip=erasure.clip_id, certificate=UUID(body["id"]), sha256=digest
    )
    return Certificate.objects.create(
        id=UUID(body["id"]), erasure=erasure, stage=stage, canonical_body=canonical_body, body_sha256=digest,
        signature=signature, public_key_id=key_id, entry=entry, issued_at=now,
    )  # fmt: skip


def certify_beyond_recovery(*, now: datetime) -> int:
    """Issue the second certificate for every erasure whose master key is destroyed. Gives back how many.

    Run after each rotation and daily; resumable, a batch at a time, each certificate in a transaction of its own.
    """
    waiting = Erasure.objects.filter(state=ErasureState.CERTIFIED, beyond_recovery_at=None)
    versions = list(waiting.order_by("master_version").values_list("master_version", flat=True).distinct())
    done = 0
    for version in versions:
        destroyed_at = vault.beyond_recovery(version) if version is not None else None
        while destroyed_at and (
            ids := list(waiting.filter(master_version=version).values_list("pk", flat=True)[:BATCH])
        ):
            done += sum(_certify_second(erasure_id, destroyed_at, now=now) for erasure_id in ids)
    return done


def _certify_second(erasure_id: UUID, destroyed_at: datetime, *, now: datetime) -> bool:
    first = Certificate.objects.get(erasure_id=erasure_id, stage=Stage.LIVE_STORES)
    body = json.loads(bytes(first.canonical_body))
    signed = _sign(certificates.beyond_recovery_body(uuid4(), body, first.body_sha256, destroyed_at, issued_at=now))
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.beyond_recovery_at:
            return False
        erasure.beyond_recovery_at = now
        erasure.save(update_fields=["beyond_recovery_at"])
        _issue(erasure, Stage.BEYOND_RECOVERY, signed, now=now)
    return True


def proof_for(entry_id: UUID) -> Body | None:
    """The ledger's inclusion proof as it stands in a certificate file, or None until the sealer has been there."""
    try:
        found = inclusion_for(entry_id)
    except (NotSealedYet, NoSuchTree):
        return None
    return {
        "entry": base64.b64encode(found.entry).decode(),
        "leaf_index": found.leaf_index,
        "tree_size": found.tree_size,
        "hashes": [base64.b64encode(one).decode() for one in found.hashes],
        "checkpoint": found.checkpoint,
    }


def certificate_file_of(certificate: Certificate) -> Body:
    """The file to hand out; its proof is there once the ledger has sealed the entry."""
    canonical_body = bytes(certificate.canonical_body)
    return certificates.certificate_file(
        canonical_body, json.loads(canonical_body), bytes(certificate.signature), certificate.public_key_id,
        proof_for(certificate.entry_id),
    )  # fmt: skip
