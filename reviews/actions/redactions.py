"""Redaction: the flagged spans are silenced, the rest is sealed under a new key, and the old key goes like any other.

The silenced version is stored and read back before the point of no return, so that there is no moment without one
whole version; the point of no return puts it in place in its own commit; only then the version with everything in it
is shredded, verified and certified. What can't be redacted is erased: it must go either way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from escalations.masking import masked
from project import ledger, vault
from project.ledger.events import Event
from project.problems import Refusal
from project.sound import BadSound, Limits
from reviews.actions.findings import masked_findings
from reviews.erasure_errors import Failures
from reviews.erasure_states import BEFORE_NO_RETURN, Method
from reviews.intake import take_in
from reviews.models import Clip, Erasure, Flag, Review
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import FlagKind

Clock = Callable[[], datetime]
Spans = list[tuple[int, int]]
REDACTED: Final = "redacted"
REDACTED_SOFTENED: Final = "redacted-softened"
WORKING_COPIES: Final = (REDACTED, REDACTED_SOFTENED)


class NotRedactable(Exception):
    """There is no span, or the recording can't be decoded or written: only erasing it is left."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """A clip's new version as it lies in the vault, with both keys. Used within one step, kept nowhere."""

    vault_id: UUID
    old_key: vault.Key
    new_key: vault.Key
    sha256: str
    byte_size: int
    spans: Spans


def spans_of(clip_id: UUID) -> Spans:
    """The spans of critical data that stand, in milliseconds. Empty where one says no place: then all of it is meant.

    A flag that was taken back is none.
    """
    flags = Flag.objects.filter(clip=clip_id, kind=FlagKind.CRITICAL, withdrawn_at=None)
    spans: list[tuple[Any, Any]] = sorted(flags.values_list("start_ms", "end_ms"))
    return [] if any(start is None for start, _ in spans) else spans


def reseal(orders: Iterable[Erasure], failures: Failures, *, clock: Clock) -> None:
    """Make the silenced version of each, under a key of its own, beside the one that is still there."""
    for erasure in orders:
        if erasure.resealed_at is not None:
            continue
        try:
            _reseal(erasure, clock=clock)
        except (NotRedactable, vault.KeyGone) as error:
            erase_instead(erasure.pk, code=type(error).__name__, now=clock())
        except Exception as error:  # this one drops out of the batch; it is noted on its row
            failures[erasure.pk] = error


def _reseal(erasure: Erasure, *, clock: Clock) -> None:
    """1. The new version's name is committed, so that whatever is left of it can be found. 2. Its key. 3. Its bytes.

    4. Read back and compared. 5. The row says that it is there.
    """
    spans = spans_of(erasure.clip_id)
    limits = Limits(max_bytes=2 * settings.MAX_AUDIO_BYTES, max_ms=settings.MAX_AUDIO_MS + 1_000)
    parts = silenced_parts(_read(erasure.vault_id, AUDIO), spans, limits)
    vault_id = _name_new_version(erasure.pk)
    key = _key_for(vault_id)
    for part, data in parts.items():
        vault.put_blob(vault_id, part, [data], key=key)
    for part, data in parts.items():
        if _read(vault_id, part) != data:
            raise vault.StoreFault("the blob store gave back something else")
    with transaction.atomic(durable=True):
        Clip.objects.select_for_update(no_key=True).get(pk=erasure.clip_id)
        still = Erasure.objects.filter(pk=erasure.pk, resealed_as=vault_id, state__in=BEFORE_NO_RETURN)
        still.update(resealed_at=clock())


def silenced_parts(audio: bytes, spans: Spans, limits: Limits) -> dict[str, bytes]:
    """The silenced recording in its own format, its softened copy and its waveform. Raises NotRedactable."""
    from project.sound.silence import is_silent, silence_spans  # here: NumPy is for who computes (project.sound)

    if not spans:
        raise NotRedactable
    try:
        silenced = silence_spans(audio, spans, limits)
        if not is_silent(silenced, spans, limits):
            raise NotRedactable
        intake = take_in(silenced, limits)
    except (BadSound, Refusal) as error:
        raise NotRedactable from error
    return {AUDIO: silenced, SOFTENED: intake.softened, PEAKS: intake.peaks}


def _read(vault_id: UUID, part: str) -> bytes:
    with vault.open_blob(vault_id, part) as reader:
        return reader.read()


def _name_new_version(erasure_id: UUID) -> UUID:
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.resealed_as is None:
            erasure.resealed_as = uuid4()
            erasure.save(update_fields=["resealed_as"])
    return erasure.resealed_as


def _key_for(vault_id: UUID) -> vault.Key:
    """The new version's key: made now, or by an attempt that came no further."""
    try:
        return vault.create_key(vault_id, "clip").key
    except vault.KeyExists:
        return vault.data_key(vault_id)


def erase_instead(erasure_id: UUID, *, code: str, now: datetime) -> None:
    """What can't be redacted is erased; the ledger says so."""
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.state not in BEFORE_NO_RETURN or erasure.method != Method.REDACT:
            return
        erasure.method = Method.ERASE
        erasure.save(update_fields=["method"])
        ledger.record(
            Event.ERASURE_METHOD_CHANGED, actor=None, subject=erasure, now=now,
            clip=erasure.clip_id, method=Method.ERASE, code=code,
        )  # fmt: skip


def read_back(erasure: Erasure) -> Resealed:
    """The new version, opened from the store once more, and both keys. Raises what a broken store raises."""
    if erasure.resealed_as is None or erasure.resealed_at is None:
        raise vault.BlobAbsent("the silenced version is not there")
    audio = _read(erasure.resealed_as, AUDIO)
    return Resealed(
        vault_id=erasure.resealed_as,
        old_key=vault.data_key(erasure.vault_id),
        new_key=vault.data_key(erasure.resealed_as),
        sha256=sha256(audio).hexdigest(),
        byte_size=len(audio),
        spans=spans_of(erasure.clip_id),
    )


def switch(clip: Clip, erasure: Erasure, new: Resealed, *, now: datetime) -> None:
    """Put the silenced version in place, in the caller's transaction, under the clip's lock: every sealed column is
    opened with the old key, rid of what was said in the spans, and sealed with the new one.
    """
    for review in Review.objects.filter(clip=clip).exclude(sealed_findings=None):
        review.clip = clip
        masked_findings(review, new.vault_id, new.spans, old_key=new.old_key, new_key=new.new_key)
        review.save(update_fields=["sealed_findings"])
    Flag.objects.filter(clip=clip).exclude(sealed_note=None).update(sealed_note=None)
    for column, mask in (("sealed_source", False), ("sealed_transcript", True)):
        sealed = getattr(clip, column)
        if sealed is None:
            continue
        text = vault.open_text(clip.vault_id, f"clip.{column}", sealed, key=new.old_key)
        text = masked(text, new.spans, clip.duration_ms) if mask else text
        setattr(clip, column, vault.seal_text(new.vault_id, f"clip.{column}", text, key=new.new_key))
    clip.resealed_as, clip.version = new.vault_id, clip.version + 1
    clip.sha256, clip.byte_size = new.sha256, new.byte_size
    clip.save(update_fields=["sealed_source", "sealed_transcript", "resealed_as", "version", "sha256", "byte_size"])
    ledger.record(
        Event.CLIP_REDACTED, actor=None, subject=clip, now=now, erasure=erasure.pk, version=clip.version,
        spans=len(new.spans), silenced_ms=silenced_ms(new.spans),
    )  # fmt: skip


def silenced_ms(spans: Spans) -> int:
    """How much of the recording is silent now; where spans overlap it counts once."""
    total, at = 0, 0
    for start, end in spans:
        total += max(0, end - max(start, at))
        at = max(at, end)
    return total
