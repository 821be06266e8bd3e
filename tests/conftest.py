"""Fixtures for every test. The services themselves are started by tests/services.py."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from tests.template import NAMES

# A machine that does other things at the same time is slow, and that is no finding of a property test. The suite tries
# the same examples every time, so that a change is judged by what it changed; `make explore` looks for new ones.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("exploring", deadline=None, suppress_health_check=list(HealthCheck), max_examples=5_000)
settings.load_profile(os.environ.get("EXAMPLES", "unhurried"))

# What searches whole database files goes first, before other tests have filled them; then what waits for processes and
# browsers, so that no single long file is left for the end.
FIRST = ("faults/test_nothing_in_the_clear", "faults/", "browser/", "platform/", "accounts/")

pytest_plugins = ["tests.cast", "tests.ledger_flush", "tests.s3", "tests.canaries"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A session's databases are copies of the migrated ones."""
    from django.conf import settings

    for alias, name in NAMES.items():
        settings.DATABASES[alias].setdefault("TEST", {})["TEMPLATE"] = name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test with a database may use both: data keys live in `keys`, everything else in `default`."""
    items.sort(key=_place)
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark is not None:
            item.add_marker(
                pytest.mark.django_db(*mark.args, **{**mark.kwargs, "databases": ["default", "keys"]}), append=False
            )


class Scheduling(LoadFileScheduling):
    """A file to a process, but all files of the browser to one: the running Earshot with its demo is started once."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def _place(item: pytest.Item) -> int:
    return next((place for place, part in enumerate(FIRST) if f"tests/{part}" in item.nodeid), len(FIRST))
