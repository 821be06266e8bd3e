from __future__ import annotations

from celery.signals import beat_init, worker_init
from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VaultConfig(AppConfig):
    name = "project.vault"
    label = "vault"
    verbose_name = "Vault"

    def ready(self) -> None:
        from project.vault import checks, promises  # noqa: F401  (the first registers the system checks)
        from project.vault.memory import keep_out_of_dumps
        from project.vault.registration import ring_after_migrate
        from project.vault.startup import refuse_a_wrong_ring

        keep_out_of_dumps()
        promises.register()
        for begins in (worker_init, beat_init):
            begins.connect(refuse_a_wrong_ring, weak=False, dispatch_uid="vault.refuse_a_wrong_ring")
        post_migrate.connect(ring_after_migrate, sender=self, dispatch_uid="vault.ring_after_migrate")
