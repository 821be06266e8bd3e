"""Sound for the holder of a live lease, by ranges; what goes out is counted as exposure before it goes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.ranges import ByteRange, asked_range
from project.sound import CONTENT_TYPES
from reviews.access import live_lease_of
from reviews.actions.opening import check_first_sound
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import LeaseState, Version
from wellbeing.actions.exposure import note_sound


@dataclass(frozen=True, slots=True)
class Sound:
    """What was asked for of an open reader, to be streamed once."""

    reader: vault.BlobReader
    asked: ByteRange
    content_type: str


def listen(lease_id: UUID, version: Version, header: str | None, *, acting_user: User, now: datetime) -> Sound:
    """Open a clip's sound for its lease holder; `header` is the request's Range.

    It is on the books before the first byte leaves: a reader that breaks off has still been served.
    Raises Absent, LeaseOver and PaceForbids (409), RangeNotSatisfiable (416).
    """
    lease = live_lease_of(acting_user, lease_id, now)
    reader = vault.open_blob(lease.clip.vault_id, SOFTENED if version == Version.SOFTENED else AUDIO)
    try:
        asked = asked_range(header, reader.size)
        note_served(lease, version, asked.share_ms(lease.clip.duration_ms), actor=acting_user, now=now)
    except BaseException:
        reader.close()
        raise
    return Sound(reader, asked, "audio/flac" if version == Version.SOFTENED else CONTENT_TYPES[lease.clip.audio_format])


def waveform(lease_id: UUID, *, acting_user: User, now: datetime) -> bytes:
    """The JSON of peaks and loud marks: a look at the clip, not a sound of it. Raises Absent, LeaseOver."""
    lease = live_lease_of(acting_user, lease_id, now)
    with vault.open_blob(lease.clip.vault_id, PEAKS) as reader:
        return reader.read()


def note_served(lease: Lease, version: Version, served_ms: int, *, actor: User, now: datetime) -> None:
    """Put sound on the books. Clip before lease, as everywhere: a flag that quarantines the clip now is waited for.

    Raises LeaseOver, and PaceForbids before the first sound of a lease that the person's pace no longer allows.
    """
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).only("state", "predicted_severity").get(pk=lease.clip_id)
        times = {"sound_served_at": Coalesce(F("sound_served_at"), now)}
        if version == Version.ORIGINAL:
            times["original_served_at"] = Coalesce(F("original_served_at"), now)
        live = Lease.objects.filter(pk=lease.pk, state=LeaseState.LIVE, expires_at__gt=now)
        lease.clip.state = clip.state
        if not lease.gives_right(now) or live.update(**times) != 1:
            raise LeaseOver
        if lease.sound_served_at is None:
            check_first_sound(lease, actor, now=now)
        if version == Version.ORIGINAL and lease.original_served_at is None:
            ledger.record(Event.ORIGINAL_HEARD, actor=actor, subject=lease, now=now, clip=lease.clip_id)
        note_sound(actor.pk, lease.pk, served_ms=served_ms, severity=clip.predicted_severity, now=now)
