"""Entries, committed or not, and a sealed ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from project import ledger
from project.ledger.events import Event
from project.ledger.sealing import seal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def write():
    """write(n): n entries in one transaction."""

    def write(count: int = 1, *, event: Event = Event.RECONCILED, start: int = 0) -> list:
        with transaction.atomic():
            return [
                ledger.record(event, actor=None, subject=None, now=NOW + timedelta(seconds=start + n), n=start + n)
                for n in range(count)
            ]

    return write


@pytest.fixture
def sealed(write):
    """sealed(n): n entries, sealed."""

    def sealed(count: int, start: int = 0) -> list:
        entries = write(count, start=start)
        seal(NOW)
        return entries

    return sealed
