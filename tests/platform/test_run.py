"""`make run`, for real: start, stop, start again, crash, and what it says when it cannot start."""

import json
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.platform.running import Running, gone

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One instance for the tests that only look at it."""
    one = Running(tmp_path_factory.mktemp("one") / "data")
    one.wait_until_ready()
    yield one
    if one.process.poll() is None:
        one.stop()


def test_a_running_instance_is_alive_ready_and_keeps_its_promises(running: Running) -> None:
    assert running.get("/healthz") == (200, "ok\n")
    status, body = running.get("/readyz")
    assert status == 200, body
    for _ in range(60):
        status, body = running.get("/status")
        found = {check["name"]: check["ok"] for check in json.loads(body)["checks"]}
        if found["worker"] and found["beat"]:
            break
        time.sleep(0.5)
    assert found["worker"]
    assert found["beat"]
    assert found["broker"]


def test_everything_it_writes_is_closed_to_others(running: Running) -> None:
    assert running.data.stat().st_mode & 0o777 == 0o700
    written = [path for path in running.data.rglob("*") if "static" not in path.parts and not path.is_symlink()]
    assert [path for path in written if path.lstat().st_mode & 0o077] == []


def test_keys_and_records_lie_in_two_clusters(running: Running) -> None:
    assert (running.data / "postgres" / "PG_VERSION").read_text().strip() == "18"
    assert (running.data / "postgres-keys" / "PG_VERSION").read_text().strip() == "18"


def test_the_service_may_not_change_the_key_stores_tables(running: Running) -> None:
    addresses = dict(line.split("=", 1) for line in (running.data / "instance.env").read_text().splitlines()[1:])
    assert addresses["KEYSTORE_URL"] != addresses["KEYSTORE_OWNER_URL"]
    with psycopg.connect(addresses["KEYSTORE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM vault_masterkey").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE vault_datakey")


def test_manage_py_reaches_its_stores_with_nothing_but_the_folder(running: Running) -> None:
    shown = running.manage("showmigrations", "accounts")
    assert "[X]" in shown


def test_a_second_start_in_the_same_folder_is_refused_and_harms_nothing(running: Running) -> None:
    said = Running(running.data).refused()
    assert "already in use by a running Earshot" in said
    assert running.get("/healthz")[0] == 200


def test_a_taken_port_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = Running(tmp_path / "data", port).refused()
    assert f"Port {port}" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "PORT is 'http'" in Running(tmp_path / "data", PORT="http").refused()


def test_it_stops_without_a_trace_and_two_copies_run_side_by_side_through_a_crash(
    running: Running, tmp_path: Path
) -> None:
    """Last in this file: it stops the shared instance, copies its folder, starts both, kills one, starts that again."""
    secret = (running.data / "secret_key").read_text()
    family = running.family()
    assert len(family) >= 9  # supervisor, two PostgreSQL, Valkey, two web, worker with its two, beat
    assert running.stop() == 0
    assert not gone(family, within=1)

    shutil.copytree(running.data, tmp_path / "data")
    crashing, beside = Running(tmp_path / "data"), Running(running.data)
    crashing.wait_until_ready()
    beside.wait_until_ready()
    family = crashing.family()
    crashing.process.kill()
    crashing.process.communicate()

    again = Running(tmp_path / "data", crashing.port)
    again.wait_until_ready()
    assert again.get("/readyz")[0] == 200
    assert not gone(family)
    assert (tmp_path / "data" / "secret_key").read_text() == secret
    assert beside.get("/healthz")[0] == 200
    assert [again.stop(), beside.stop(signal.SIGINT)] == [0, 0]
