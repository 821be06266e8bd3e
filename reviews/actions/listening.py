"""Sound for the holder of a live lease, by ranges; what goes out is counted as exposure before it goes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.ranges import RangeNotSatisfiable
from project.sound import CONTENT_TYPES
from reviews.access import live_lease_of
from reviews.actions.opening import check_first_sound
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import LeaseState, Version
from wellbeing.actions.exposure import note_sound


class RangeOutside(RangeNotSatisfiable):
    title = "The sound has no such range."


@dataclass(frozen=True, slots=True)
class Sound:
    """Bytes [start, stop) of `size`, to be streamed once."""

    chunks: Iterator[bytes]
    start: int
    stop: int
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A single byte range as asked for: first and last (inclusive), or the last so many. RFC 9110 section 14.1.2."""

    first: int | None
    last: int | None

    def within(self, size: int) -> tuple[int, int]:
        """[start, stop). Raises RangeOutside (416)."""
        if self.first is None:
            start, stop = max(0, size - (self.last or 0)), size
        else:
            start, stop = self.first, size if self.last is None else min(self.last + 1, size)
        if not 0 <= start < stop:
            raise RangeOutside(size=size)
        return start, stop


def listen(lease_id: UUID, version: Version, wish: Wish | None, *, acting_user: User, now: datetime) -> Sound:
    """Open a clip's sound for its lease holder. Raises Absent, LeaseOver and PaceForbids (409), RangeOutside (416).

    It is on the books before the first byte leaves: a reader that breaks off has still been served.
    """
    lease = live_lease_of(acting_user, lease_id, now)
    reader = vault.open_blob(lease.clip.vault_id, SOFTENED if version == Version.SOFTENED else AUDIO)
    try:
        start, stop = wish.within(reader.size) if wish else (0, reader.size)
        note_served(lease, version, lease.clip.duration_ms * (stop - start) // reader.size, actor=acting_user, now=now)
    except BaseException:
        reader.close()
        raise
    kind = "audio/flac" if version == Version.SOFTENED else CONTENT_TYPES[lease.clip.audio_format]
    return Sound(_streamed(reader, start, stop), start, stop, reader.size, kind)


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


def _streamed(reader: vault.BlobReader, start: int, stop: int) -> Iterator[bytes]:
    with reader:
        yield from reader.read_range(start, stop)
