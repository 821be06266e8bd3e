from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from project.vault.actions.orphans import GRACE, sweep_orphan_keys
from project.vault.actions.rotation import RotationRunning, is_due, rotate
from project.vault.blobs import current_store
from project.vault.kept_elsewhere import hand_over

log = structlog.get_logger(__name__)


@shared_task(name="vault.rotate_master_key", time_limit=2 * 3600)
def rotate_master_key() -> None:
    """Asked hourly by beat, done weekly; a run that was cut short is gone on with at the next hour."""
    if not is_due(timezone.now()):
        return
    try:
        rotated = rotate(now=timezone.now(), progress=_say)
    except RotationRunning:
        return
    log.info("vault.rotated", version=rotated.version, keys=rotated.rewrapped, destroyed=rotated.destroyed)


def _say(done: int, total: int) -> None:
    if done == total or done % 100_000 < 10_000:
        log.info("vault.rotating", done=done, total=total)


@shared_task(name="vault.sweep_orphan_keys", acks_late=True, time_limit=3600)
def sweep_orphans() -> None:
    """Daily, by beat: keys without an owner, and what a killed upload left in the blob store."""
    now = timezone.now()
    swept = sweep_orphan_keys(now=now)
    files = current_store().sweep_incoming(now - GRACE - timedelta(hours=1))
    if swept or files:
        log.warning("vault.orphans", keys=swept, files=files)


@shared_task(name="vault.copy_tombstones", time_limit=300)
def copy_tombstones() -> None:
    """Every minute, by beat, where TOMBSTONES_COPY says where to. A folder that is away is tried again then."""
    try:
        hand_over()
    except OSError as error:
        log.warning("vault.tombstones-not-copied", error=type(error).__name__)
