from __future__ import annotations

from django.urls import path

from project.ledger.api import entries

urlpatterns = [
    path("ledger/checkpoint/", entries.checkpoint, name="ledger-checkpoint"),
    path("ledger/public-key/", entries.public_key, name="ledger-public-key"),
    path("ledger/entries/", entries.entries, name="ledger-entries"),
    path("ledger/entries/<uuid:entry_id>/proof/", entries.entry_proof, name="ledger-entry-proof"),
    path("ledger/consistency/", entries.consistency, name="ledger-consistency"),
]
