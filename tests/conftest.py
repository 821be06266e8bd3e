"""Fixtures for every test. The services themselves are started by tests/services.py."""

import pytest

pytest_plugins = ["tests.cast", "tests.ledger_flush"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test with a database may use both: data keys live in `keys`, everything else in `default`."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark is not None:
            item.add_marker(
                pytest.mark.django_db(*mark.args, **{**mark.kwargs, "databases": ["default", "keys"]}), append=False
            )
