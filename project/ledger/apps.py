from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.urls import reverse


class LedgerConfig(AppConfig):
    name = "project.ledger"
    label = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from project import health, home
        from project.ledger import checks  # noqa: F401  (registers the system checks)
        from project.ledger.health import sealed_recently, to_witness, waiting, witnessed

        health.register("ledger-sealed", sealed_recently)
        health.register_gauge("ledger_unsealed", "Ledger entries that wait to be sealed.", waiting)
        health.register("ledger-witnessed", witnessed)
        health.register_gauge("ledger_to_witness", "Checkpoints on their way to the witness.", to_witness)
        home.register(cards)


def cards(user: Any) -> Iterator[Any]:
    """For an auditor: how far the ledger is sealed, and a warning when the sealer is late."""
    from project.accounts.access import Can, may
    from project.home import Card
    from project.ledger.health import sealed_recently
    from project.ledger.proofs import latest

    if not may(user, Can.READ_LEDGER):
        return
    late, newest = sealed_recently(), latest()
    text = late or "Every entry has its place in a signed tree. Keep a checkpoint outside now and then."
    figure = f"{newest.tree_size:,}" if newest else "0"
    yield Card(
        "The ledger",
        text,
        reverse("ledger:entries"),
        "Read it",
        figure,
        "alarm" if late else "calm",
        10 if late else 60,
    )
