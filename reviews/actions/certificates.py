"""Issuing certificates of erasure: the first when every store was found empty, the second when no backup can help."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger, vault
from project.ledger.errors import NoSuchTree, NotSealedYet
from project.ledger.events import Event
from project.ledger.proofs import inclusion_for
from project.ledger.signing_keys import last_head_of
from reviews import certificates, verifier
from reviews.actions.reach import go_on
from reviews.actions.redactions import WORKING_COPIES, silenced_ms, spans_of
from reviews.certificates import Body, ErasureFacts, Finding, KeyFacts, Redaction
from reviews.erasure_errors import Failures, NotErased
from reviews.erasure_states import ErasureState, Method, Stage
from reviews.models import Certificate, Clip, Erasure
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import ClipState, check_clip_move

PARTS: Final = frozenset({AUDIO, SOFTENED, PEAKS, *WORKING_COPIES})
# The master key is rotated weekly; one more week for a rotation that has to be repeated.
RECOVERY_ENDS_AFTER: Final = timedelta(days=14)
BATCH: Final = 200


def verify_and_certify(ids: Sequence[UUID], failures: Failures, *, clock: Callable[[], datetime]) -> None:
    """Have the verifier re-read every store; certify what is gone, send back what is not.

    1. Read all stores, outside any transaction.
    2. Of some clips something is left: back to `shredding`, and NotErased counts as a failed attempt.
    3. Build and sign the certificates of the others, still outside.
    4. In one transaction: certificates, ledger entries that commit to them, `certified`, and the clips are tombstones.
       A redacted clip goes on instead.
    """
    orders = list(Erasure.objects.filter(pk__in=ids).select_related("clip").order_by("pk"))
    found = verifier.findings_of([_target(one) for one in orders], PARTS)
    verified_at = clock()
    unclean = {one.pk: found[one.clip_id] for one in orders if not all(f.is_clean for f in found[one.clip_id])}
    _send_back(unclean, now=verified_at)
    failures |= {erasure_id: NotErased(findings) for erasure_id, findings in unclean.items()}
    clean = [one for one in orders if one.pk not in unclean]
    now = clock()
    signed = dict(zip((one.pk for one in clean), _signed_bodies(clean, found, verified_at, now), strict=True))
    with transaction.atomic(durable=True):
        clips = _locked_clips([one.clip_id for one in clean])
        rows = Erasure.objects.select_for_update(no_key=True).filter(pk__in=list(signed), state=ErasureState.VERIFYING)
        verifying = list(rows.order_by("pk"))
        _end(verifying, verified_at=verified_at, now=now)
        _issue(verifying, Stage.LIVE_STORES, signed, now=now)
        _let_go(verifying, clips, now=now)


def _target(erasure: Erasure) -> verifier.Target:
    kept_as = erasure.resealed_as if erasure.method == Method.REDACT else None
    return verifier.Target(erasure.clip_id, erasure.vault_id, kept_as)


def _locked_clips(clip_ids: Sequence[UUID]) -> dict[UUID, Clip]:
    rows = Clip.objects.select_for_update(no_key=True).filter(pk__in=clip_ids).order_by("pk")
    return {clip.pk: clip for clip in rows}


def _end(erasures: Sequence[Erasure], *, verified_at: datetime, now: datetime) -> None:
    Erasure.objects.filter(pk__in=[one.pk for one in erasures]).update(
        state=ErasureState.CERTIFIED, leased_until=None, last_error_code="", verified_at=verified_at, certified_at=now
    )


def _let_go(erasures: Sequence[Erasure], clips: dict[UUID, Clip], *, now: datetime) -> None:
    """Erased clips are tombstones from here on; redacted ones go on, last of all because that may order anew."""
    gone = [clips[one.clip_id] for one in erasures if one.method == Method.ERASE]
    for clip in gone:
        check_clip_move(clip.state, ClipState.ERASED)
    Clip.objects.filter(pk__in=[clip.pk for clip in gone]).update(state=ClipState.ERASED)
    for erasure in erasures:
        if erasure.method == Method.REDACT:
            go_on(clips[erasure.clip_id], erasure, now=now)


def _send_back(unclean: Mapping[UUID, Sequence[Finding]], *, now: datetime) -> None:
    if not unclean:
        return
    with transaction.atomic(durable=True):
        rows = Erasure.objects.select_for_update(no_key=True).filter(pk__in=list(unclean), state=ErasureState.VERIFYING)
        back = list(rows.order_by("pk"))
        Erasure.objects.filter(pk__in=[one.pk for one in back]).update(state=ErasureState.SHREDDING)
        left = {one.pk: [finding.store for finding in unclean[one.pk] if not finding.is_clean] for one in back}
        entries = [(one, {"clip": one.clip_id, "stores": left[one.pk]}) for one in back]
        ledger.record_many(Event.ERASURE_NOT_VERIFIED, actor=None, now=now, entries=entries)


def _signed_bodies(
    erasures: Sequence[Erasure], found: verifier.Findings, verified_at: datetime, now: datetime
) -> Iterator["Signed"]:
    if not erasures:
        return iter(())
    sign = signer()
    redacted = {one.clip_id: redaction_of(one) for one in erasures if one.method == Method.REDACT}
    return (
        sign(
            certificates.live_stores_body(_facts(one, found[one.clip_id], verified_at, redacted.get(one.clip_id)), now)
        )
        for one in erasures
    )


def redaction_of(erasure: Erasure) -> Redaction:
    """What a certificate says of the version that is left."""
    spans = spans_of(erasure.clip_id)
    return Redaction(erasure.clip.version, len(spans), silenced_ms(spans))


def _facts(erasure: Erasure, found: list[Finding], verified_at: datetime, redaction: Redaction | None) -> ErasureFacts:
    if not (erasure.no_return_at and erasure.key_destroyed_at and erasure.bytes_deleted_at):
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
        verified_at=verified_at,
        key=KeyFacts(erasure.key_id, erasure.master_version or 0, erasure.key_destroyed_at),
        findings=found,
        recovery_ends_by=erasure.key_destroyed_at + RECOVERY_ENDS_AFTER,
        attempts=erasure.attempts,
        redaction=redaction,
    )


Signed = tuple[Body, bytes, bytes, str]


def signer() -> Callable[[Body], Signed]:
    """Signs bodies: (body, canonical bytes, signature, public key id). Reads the signing key once, so it is never
    made inside a transaction.
    """
    key = vault.signing_key()
    key_id = certificates.public_key_id(key.public_key())

    def sign(body: Body) -> Signed:
        canonical_body = certificates.canonical(body)
        return body, canonical_body, certificates.sign(canonical_body, key), key_id

    return sign


def _issue(erasures: Sequence[Erasure], stage: Stage, signed: Mapping[UUID, Signed], *, now: datetime) -> None:
    """Store signed certificates beside the ledger entries that commit to them; inside the caller's transaction."""
    event = Event.ERASURE_CERTIFIED if stage is Stage.LIVE_STORES else Event.ERASURE_BEYOND_RECOVERY
    digests = {one.pk: certificates.body_sha256(signed[one.pk][1]) for one in erasures}
    entries = ledger.record_many(
        event, actor=None, now=now,
        entries=[
            (one, {"clip": one.clip_id, "certificate": UUID(signed[one.pk][0]["id"]), "sha256": digests[one.pk]})
            for one in erasures
        ],
    )  # fmt: skip
    Certificate.objects.bulk_create(
        Certificate(
            id=UUID(body["id"]), erasure=one, stage=stage, canonical_body=canonical_body, body_sha256=digests[one.pk],
            signature=signature, public_key_id=key_id, entry=entry, issued_at=now,
        )
        for one, entry in zip(erasures, entries, strict=True)
        for body, canonical_body, signature, key_id in [signed[one.pk]]
    )  # fmt: skip


def certify_beyond_recovery(*, now: datetime) -> int:
    """Issue the second certificate for every erasure whose master key is destroyed. Gives back how many.

    Run after each rotation and daily; resumable, a batch in each transaction.
    """
    waiting = Erasure.objects.filter(state=ErasureState.CERTIFIED, beyond_recovery_at=None)
    versions = list(waiting.order_by("master_version").values_list("master_version", flat=True).distinct())
    done = 0
    for version in versions:
        destroyed_at = vault.beyond_recovery(version) if version is not None else None
        while destroyed_at and (
            ids := list(waiting.filter(master_version=version).values_list("pk", flat=True)[:BATCH])
        ):
            done += _certify_second(ids, destroyed_at, now=now)
    return done


def _certify_second(ids: Sequence[UUID], destroyed_at: datetime, *, now: datetime) -> int:
    sign = signer()
    firsts = Certificate.objects.filter(erasure__in=ids, stage=Stage.LIVE_STORES)
    signed = {
        first.erasure_id: sign(
            certificates.beyond_recovery_body(
                uuid4(), json.loads(bytes(first.canonical_body)), first.body_sha256, destroyed_at, issued_at=now
            )
        )
        for first in firsts
    }
    with transaction.atomic(durable=True):
        rows = Erasure.objects.select_for_update(no_key=True).filter(pk__in=list(signed), beyond_recovery_at=None)
        erasures = list(rows.order_by("pk"))
        Erasure.objects.filter(pk__in=[one.pk for one in erasures]).update(beyond_recovery_at=now)
        _issue(erasures, Stage.BEYOND_RECOVERY, signed, now=now)
    return len(erasures)


def proof_for(entry_id: UUID, key_id: str = "") -> Body | None:
    """The ledger's inclusion proof as it stands in a certificate file, or None until the sealer has been there.

    `key_id`: prove it under the newest head that this key signed, so that one public key checks the whole file.
    """
    try:
        found = inclusion_for(entry_id, head=last_head_of(key_id) if key_id else None)
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
        proof_for(certificate.entry_id, certificate.public_key_id),
    )  # fmt: skip
