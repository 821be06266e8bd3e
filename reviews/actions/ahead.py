"""The next clip, fetched while the present one is on the desk, so that it opens at once.

It is held under a lease of its own. Its softened sound goes out locked (reviews/locked.py): a browser that has it can't
play it. Asking for the key is the step of the ladder, and is counted as sound that is served. So nobody has to be
believed: what was fetched ahead and never unlocked was never heard, and goes back with its quota.

Pace wins always. Before a clip that was fetched ahead is opened, pace is asked again.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from project import vault
from project.accounts.models import User
from project.problems import TooLarge
from reviews.access import lease_of, live_lease_of
from reviews.actions.leases import transcript_of
from reviews.actions.listening import note_served
from reviews.actions.opening import may_open, standing_with
from reviews.actions.returns import release
from reviews.errors import LeaseOver
from reviews.locked import key_for, lock
from reviews.models.clips import PEAKS, SOFTENED
from reviews.states import Version
from wellbeing.pace import Pace

MOST_AHEAD: Final = 4 * 1024 * 1024  # bytes; some four minutes. Longer ones are streamed when they are wanted.


class TooLongAhead(TooLarge):
    code = "too-long-ahead"
    title = "This is too long to be fetched ahead."


@dataclass(frozen=True, slots=True)
class Look:
    """What pace says now, and whether this lease's clip may be opened under it."""

    pace: Pace
    may_open: bool


def fetch_ahead(lease_id: UUID, *, acting_user: User, now: datetime) -> bytes:
    """The softened sound, locked. Counts nowhere. Raises Absent, LeaseOver (409), TooLongAhead (413)."""
    lease = live_lease_of(acting_user, lease_id, now)
    data_key = vault.data_key(lease.clip.vault_id)
    with vault.open_blob(lease.clip.vault_id, SOFTENED, key=data_key) as reader:
        if reader.size > MOST_AHEAD:
            raise TooLongAhead
        return lock(lease.pk, data_key, reader.read())


def unlock(lease_id: UUID, *, acting_user: User, now: datetime) -> bytes:
    """The key to what was fetched ahead. It is on the books as served whole before it leaves.

    Raises Absent, LeaseOver (409), PaceForbids (409).
    """
    lease = live_lease_of(acting_user, lease_id, now)
    key = key_for(lease.pk, vault.data_key(lease.clip.vault_id))
    note_served(lease, Version.SOFTENED, lease.clip.duration_ms, actor=acting_user, now=now)
    return key


def outline_of(lease_id: UUID, *, acting_user: User, now: datetime) -> tuple[str, bytes]:
    """Transcript and waveform JSON of a live lease, for suggestions. Raises Absent, LeaseOver."""
    lease = live_lease_of(acting_user, lease_id, now)
    data_key = vault.data_key(lease.clip.vault_id)
    with vault.open_blob(lease.clip.vault_id, PEAKS, key=data_key) as reader:
        return transcript_of(lease.clip, data_key), reader.read()


def look(lease_id: UUID, *, acting_user: User, now: datetime) -> Look:
    """May the clip that was fetched ahead be opened now? Where it may not, it is put back, unheard. Raises Absent."""
    lease = lease_of(acting_user, lease_id)
    standing = standing_with(lease, acting_user, now=now)
    if may_open(standing, lease.clip) and lease.gives_right(now):
        return Look(standing.pace, may_open=True)
    with suppress(LeaseOver):
        release(lease_id, acting_user=acting_user, now=now)
    return Look(standing.pace, may_open=False)
