from __future__ import annotations

import resource

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VaultConfig(AppConfig):
    name = "project.vault"
    label = "vault"
    verbose_name = "Vault"

    def ready(self) -> None:
        from project import health
        from project.vault import checks  # noqa: F401  (registers the system checks)
        from project.vault.registration import ring_after_migrate, ring_is_wrong

        # A crash must not write keys to a disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        health.register_ready("key-ring", ring_is_wrong)
        post_migrate.connect(ring_after_migrate, sender=self, dispatch_uid="vault.ring_after_migrate")
