"""What the vault promises to operators: /readyz, /status and /metrics."""

from __future__ import annotations

from django.utils import timezone

from project import health
from project.vault.actions.rotation import is_late, to_rewrap
from project.vault.blobs import current_store
from project.vault.kept_elsewhere import is_behind
from project.vault.registration import ring_is_wrong


def register() -> None:
    """Called by VaultConfig.ready."""
    health.register_ready("key-ring", ring_is_wrong)
    health.register("master-key-rotated", lambda: is_late(timezone.now()))
    health.register("tombstones-copied", lambda: is_behind(timezone.now()))
    health.register("blob-store", lambda: current_store().fault())
    health.register_gauge(
        "vault", "Keys that an older master key still wraps, and the master keys there are.", to_rewrap
    )
