"""Taking recordings in. API and command call `ingest_clip`; nothing of a recording is stored unsealed."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.sound import Limits
from reviews.errors import RefErased, RefTaken
from reviews.intake import Intake, sha256_of, take_in
from reviews.models import Clip
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import ClipState, Trigger

log = structlog.get_logger(__name__)
_CHUNK = 1 << 16
_PLAIN = ("locale", "recorded_at", "trigger", "predicted_severity", "priority", "reviews_wanted", "skill")

Part = tuple[UUID, str, Iterator[bytes], vault.Key]
"""(object, part, plaintext chunks, key), as the vault takes them."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What the source says of a recording. References, device and household are sealed; no listener ever sees them."""

    external_ref: str
    subject_ref: str = ""
    device: str = ""
    household: str = ""
    locale: str = "und"
    recorded_at: datetime | None = None
    trigger: str = Trigger.UNKNOWN
    transcript: str = ""
    predicted_severity: int | None = None
    predicted_categories: list[str] = field(default_factory=list)
    priority: int = 0
    reviews_wanted: int = 1
    skill: str = ""

    @property
    def source(self) -> str:
        """The sealed JSON: only what was said."""
        said = {name: getattr(self, name) for name in ("external_ref", "subject_ref", "device", "household")}
        return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Ingested:
    clip: Clip
    is_new: bool


def ingest_clip(audio: bytes, handed: Handed, *, acting_user: User | None, now: datetime) -> Ingested:
    """Take one recording in, once per external reference.

    1. Known reference: the same bytes answer with the same clip, others are RefTaken (409), erased is RefErased (410).
    2. Decode whole (UnsupportedAudio 422, TooLarge 413), before anything is written anywhere.
    3. The key row commits first, then the sealed blobs, then the clip row with its ledger entry: two databases and a
       blob store have no common transaction. A failure in between takes back what was made; a crash leaves a key
       without a clip, which is swept.
    """
    sha256 = sha256_of(audio)
    known = known_clip(handed.external_ref, sha256)
    if known is not None:
        return Ingested(known, is_new=False)
    intake = take_in(audio, Limits(max_bytes=settings.MAX_AUDIO_BYTES, max_ms=settings.MAX_AUDIO_MS), sha256)
    clip_id = uuid4()
    key = vault.create_key(clip_id, "clip").key
    try:
        vault.put_blobs(parts_of(clip_id, audio, intake, key))
        clip = _insert(sealed_row(clip_id, handed, intake, key, acting_user=acting_user, now=now), now=now)
    except OperationalError:
        raise  # the commit may have happened: a key without a clip is swept, a clip without its key would be lost
    except BaseException as error:
        take_back([clip_id], now=now)
        if isinstance(error, IntegrityError):
            return _lost_the_race(handed, intake, error)
        raise
    return Ingested(clip, is_new=True)


def known_clip(external_ref: str, sha256: str) -> Clip | None:
    """The clip of this reference, if its bytes are these. Raises RefErased, RefTaken."""
    clip = Clip.objects.filter(external_ref_hmac=hmac_of(external_ref)).first()
    if clip is not None:
        require_same(clip.state, clip.sha256, sha256)
    return clip


def hmac_of(external_ref: str) -> bytes:
    """How a reference is looked up."""
    return vault.lookup_hmac("external_ref", external_ref)


def require_same(state: str, known_sha256: str | None, sha256: str) -> None:
    """What is known of this reference is these bytes, and not erased. Raises RefErased, RefTaken."""
    if state in {ClipState.ERASING, ClipState.ERASED}:
        raise RefErased
    if known_sha256 != sha256:
        raise RefTaken


def take_back(clip_ids: Sequence[UUID], *, now: datetime) -> None:
    """Undo what was written before the clips' rows: keys first, so that whatever else is left cannot be read.

    What can't be undone (a full disk takes no tombstone, a store is away) waits for the sweep, like after a crash; the
    failure that led here is the one to tell.
    """
    undone: tuple[Callable[[Sequence[UUID]], object], ...] = (partial(vault.shred_keys, now=now), vault.delete_blobs)
    for undo in undone:
        try:
            undo(clip_ids)
        except (OSError, vault.VaultError, DatabaseError) as error:
            log.warning("ingest.not-taken-back", kind=type(error).__name__)


def _lost_the_race(handed: Handed, intake: Intake, error: IntegrityError) -> Ingested:
    """Somebody handed the same reference in at the same moment; theirs is the clip."""
    known = known_clip(handed.external_ref, intake.sha256)
    if known is None:
        raise error
    return Ingested(known, is_new=False)


def parts_of(clip_id: UUID, audio: bytes, intake: Intake, key: vault.Key) -> Iterator[Part]:
    """What is stored of a recording: the very bytes, the softened copy, the waveform."""
    for part, data in ((AUDIO, audio), (SOFTENED, intake.softened), (PEAKS, intake.peaks)):
        yield clip_id, part, _chunks(data), key


def _chunks(data: bytes) -> Iterator[bytes]:
    view = memoryview(data)
    for at in range(0, len(data), _CHUNK):
        yield bytes(view[at : at + _CHUNK])


def sealed_row(
    clip_id: UUID, handed: Handed, intake: Intake, key: vault.Key, *, acting_user: User | None, now: datetime
) -> Clip:
    """The clip, not saved yet; what the source says of it sealed under its key."""
    clip = Clip(id=clip_id, ingested_at=now, queued_at=now, ingested_by=acting_user, sha256=intake.sha256)
    _describe(clip, intake)
    _seal(clip, handed, key)
    for name in _PLAIN:
        setattr(clip, name, getattr(handed, name))
    clip.predicted_categories = sorted(set(handed.predicted_categories))
    return clip


def facts_of(clip: Clip) -> dict[str, object]:
    """What the ledger keeps of an ingest."""
    return {"format": clip.audio_format, "duration_ms": clip.duration_ms, "bytes": clip.byte_size}


def _insert(clip: Clip, *, now: datetime) -> Clip:
    with transaction.atomic(durable=True):
        clip.save(force_insert=True)
        ledger.record(Event.CLIP_INGESTED, actor=clip.ingested_by, subject=clip, now=now, **facts_of(clip))
    return clip


def _describe(clip: Clip, intake: Intake) -> None:
    info = intake.info
    clip.duration_ms, clip.sample_rate, clip.channels = info.duration_ms, info.sample_rate, info.channels
    clip.audio_format, clip.byte_size = info.audio_format, info.byte_size


def _seal(clip: Clip, handed: Handed, key: vault.Key) -> None:
    clip.external_ref_hmac = vault.lookup_hmac("external_ref", handed.external_ref)
    if handed.subject_ref:
        clip.subject_ref_hmac = vault.lookup_hmac("subject", handed.subject_ref)
    if handed.device:
        clip.device_hmac = vault.lookup_hmac("device", handed.device)
    clip.sealed_source = vault.seal_text(clip.pk, "clip.sealed_source", handed.source, key=key)
    if handed.transcript:
        clip.sealed_transcript = vault.seal_text(clip.pk, "clip.sealed_transcript", handed.transcript, key=key)
