"""Throw-away PostgreSQL and Valkey for a test session, started before Django's settings are read.

A pytest plugin (`-p tests.services`). The first process starts PostgreSQL once; pytest-xdist's workers inherit its
address and get databases of their own from pytest-django, copied from migrated ones (tests/template.py). Each process
has a Valkey, a data folder and a key ring of its own, so that queues, groups, blobs and keys never mix. A service that
cannot start fails the run. Everything stops with the process that started it, however that ends.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from project.embedded.errors import CannotStart
from project.embedded.postgres import THROW_AWAY, Cluster
from project.embedded.valkey import Valkey
from tests.template import start_with_templates


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the services and name them in the environment before pytest-django loads the settings."""
    folder = Path(tempfile.mkdtemp(prefix=f"earshot-test-{os.getpid()}-"))
    early_config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    try:
        if "PYTEST_XDIST_WORKER" not in os.environ:
            _start_postgres(early_config, folder)
        _start_valkey(early_config, folder)
    except CannotStart as error:
        raise pytest.UsageError(str(error)) from error
    _name_folders(folder)
    return (yield)


def _start_postgres(config: pytest.Config, folder: Path) -> None:
    settings = {**THROW_AWAY, "shared_buffers": "64MB", "max_connections": "200"}
    cluster = Cluster(folder / "pg", folder / "s", settings)
    start_with_templates(cluster)
    config.add_cleanup(cluster.stop)
    os.environ["DATABASE_URL"] = cluster.url("earshot")
    os.environ["KEYSTORE_URL"] = cluster.url("earshot_keys")


def _start_valkey(config: pytest.Config, folder: Path) -> None:
    valkey = Valkey(folder / "v")
    valkey.start()
    config.add_cleanup(valkey.stop)
    os.environ["REDIS_URL"] = valkey.url
    os.environ["BROKER_URL"] = valkey.broker_url


def _name_folders(folder: Path) -> None:
    for name in ("ring", "vault"):
        (folder / name).mkdir(mode=0o700)
    os.environ["DATA_DIR"] = str(folder)
    os.environ["KEYRING"] = str(folder / "ring")
    os.environ["VAULT_URL"] = str(folder / "vault")
    os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
    os.environ["DEMO"] = "1"
    os.environ["EARSHOT_TESTING"] = "1"
    os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
    os.environ["EARSHOT_TESTING"] = "1"
