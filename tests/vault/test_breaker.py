"""A blob store that never answers: nobody waits for it longer than the limit, and then nobody waits at all."""

import socket
import threading
import uuid

import pytest

from project.vault import breaker as module
from project.vault import s3
from project.vault.breaker import Breaker
from project.vault.faults import StoreFault
from tests.faults.workers import wait_until

ATTEMPTS = 2


@pytest.fixture
def clock(monkeypatch):
    """The seconds that have passed, to be set."""
    now = [1_000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def is_admitted(breaker: Breaker) -> bool:
    try:
        with breaker.admitted():
            return True
    except StoreFault:
        return False


def test_after_a_failure_all_are_refused_for_a_while_and_one_success_ends_it(clock):
    breaker = Breaker()
    assert is_admitted(breaker)
    breaker.trip()
    clock[0] += module.PAUSE_SECONDS - 0.1
    assert not is_admitted(breaker)
    clock[0] += 0.2
    assert is_admitted(breaker)
    assert is_admitted(breaker)


def test_after_the_pause_one_tries_and_the_others_do_not_wait_for_it(clock):
    breaker = Breaker()
    breaker.trip()
    clock[0] += module.PAUSE_SECONDS
    with breaker.admitted():
        assert not is_admitted(breaker), "somebody else, meanwhile"
        breaker.trip()
    assert not is_admitted(breaker), "it failed again: the pause begins anew"
    clock[0] += module.PAUSE_SECONDS
    assert is_admitted(breaker)
    assert is_admitted(breaker), "and the next need not queue up"


@pytest.fixture
def silent_store(monkeypatch):
    """An address where whoever connects is never answered; how many have connected."""
    connected = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            while True:
                try:
                    connected.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        for name, value in (("ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}"), ("ACCESS_KEY_ID", "x"),
                            ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "us-east-1")):  # fmt: skip
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setattr(s3, "SILENT_SECONDS", 0.1)
        monkeypatch.setattr(module, "PAUSE_SECONDS", 3_600.0)
        yield connected
        server.shutdown(socket.SHUT_RDWR)
    thread.join(30)
    for one in connected:
        one.close()


def test_a_store_that_never_answers_is_given_up_and_then_not_asked(silent_store):
    store = s3.store_at(f"s3://silent-{uuid.uuid4().hex}")
    with pytest.raises(StoreFault, match="away"):
        store.put(uuid.uuid4(), "audio", [b"x"])
    wait_until(lambda: len(silent_store) == ATTEMPTS)  # each on a line of its own, taken by another thread
    with pytest.raises(StoreFault, match="away"):
        store.is_absent(uuid.uuid4(), "audio")
    assert store.fault()
    assert len(silent_store) == ATTEMPTS
