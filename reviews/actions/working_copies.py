"""What those who work on a case hear of a held clip with critical data, while its original stays in quarantine."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from project import vault
from project.sound import Limits
from reviews.actions.redactions import (
    REDACTED,
    REDACTED_SOFTENED,
    WORKING_COPIES,
    NotRedactable,
    silenced_parts,
    spans_of,
)
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure
from reviews.models.clips import AUDIO, SOFTENED

AT_ONCE = 20


def make_working_copies(*, now: datetime) -> int:
    """Make the silenced copies that are missing. Gives back how many clips have one now that had none.

    They lie beside the original under the clip's own key, and go with it. A clip that can't have one is left as it is:
    hearing its original stays an act of custody.
    """
    waiting = Erasure.objects.filter(state=ErasureState.WAITING, reason=Reason.CRITICAL_DATA, working_copy_at=None)
    return sum(_make(erasure, now=now) for erasure in waiting.order_by("due_at")[:AT_ONCE])


def _make(erasure: Erasure, *, now: datetime) -> bool:
    """The bytes first, then the row; under the clip's lock, so that the point of no return can't come in between
    and leave bytes behind that it has deleted already.
    """
    limits = Limits(max_bytes=2 * settings.MAX_AUDIO_BYTES, max_ms=settings.MAX_AUDIO_MS + 1_000)
    try:
        with vault.open_blob(erasure.vault_id, AUDIO) as reader:
            parts = silenced_parts(reader.read(), spans_of(erasure.clip_id), limits)
    except (NotRedactable, vault.KeyGone, vault.BlobAbsent):
        return _note(erasure, made=False, now=now)
    key = vault.data_key(erasure.vault_id)
    vault.put_blob(erasure.vault_id, REDACTED, [parts[AUDIO]], key=key)
    vault.put_blob(erasure.vault_id, REDACTED_SOFTENED, [parts[SOFTENED]], key=key)
    return _note(erasure, made=True, now=now)


def _note(erasure: Erasure, *, made: bool, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        Clip.objects.select_for_update(no_key=True).get(pk=erasure.clip_id)
        still = Erasure.objects.filter(pk=erasure.pk, state=ErasureState.WAITING, working_copy_at=None)
        noted = still.update(working_copy_at=now) == 1
    if made and not noted and Erasure.objects.exclude(state=ErasureState.WAITING).filter(pk=erasure.pk).exists():
        for part in WORKING_COPIES:
            vault.delete_blob(erasure.vault_id, part)
        return False
    return made and noted
