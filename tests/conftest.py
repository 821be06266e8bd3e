"""Fixtures for every test. The services themselves are started by tests/services.py."""

import pytest
from hypothesis import HealthCheck, settings

# A machine that does other things at the same time is slow, and that is no finding of a property test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

pytest_plugins = ["tests.cast", "tests.ledger_flush", "tests.s3", "tests.canaries"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test with a database may use both: data keys live in `keys`, everything else in `default`."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark is not None:
            item.add_marker(
                pytest.mark.django_db(*mark.args, **{**mark.kwargs, "databases": ["default", "keys"]}), append=False
            )
