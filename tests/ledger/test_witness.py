"""Every checkpoint reaches the witness, a folder or an address, and what it keeps shows a rewritten history."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management import CommandError
from django.db import connections
from django.utils import timezone

from project import vault
from project.ledger import checks, health, witness
from project.ledger.actions.handovers import LEASE, LONGEST_BACK_OFF, back_off, sweep
from project.ledger.models import Checkpoint, Handover
from project.ledger.tasks import hand_to_witness
from project.ledger.verifying import verify_ledger
from tests.ledger.conftest import NOW
from tests.ledger.test_verify_ledger import rewrite, run

pytestmark = pytest.mark.django_db


def clock():
    return NOW


def later(**by):
    return lambda: NOW + timedelta(**by)


@pytest.fixture
def folder(settings, tmp_path):
    kept = tmp_path / "witness"
    kept.mkdir()
    settings.LEDGER_WITNESS = str(kept)
    return kept


class Listener(HTTPServer):
    """A witness on localhost that answers as it is told, and keeps what it gets."""

    status = 201

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, str, bytes]] = []


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        """Nothing on the test's output."""


@pytest.fixture
def listener(settings):
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.LEDGER_WITNESS = f"http://127.0.0.1:{server.server_port}/checkpoints?of=earshot"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_checkpoint_lies_in_the_folder(folder, sealed):
    sealed(2)
    sealed(3, start=2)
    assert sweep(clock=clock) == 2
    kept = [path.read_text() for path in sorted(folder.iterdir())]
    assert kept == list(Checkpoint.objects.order_by("id").values_list("note", flat=True))
    assert set(Handover.objects.values_list("outcome", "attempts", "ended_at")) == {("taken", 1, NOW)}


def test_twice_is_once(folder, sealed):
    sealed(2)
    assert (sweep(clock=clock), sweep(clock=later(hours=1))) == (1, 0)


def test_without_a_witness_nothing_waits(sealed):
    sealed(2)
    assert not Handover.objects.exists()
    assert (sweep(clock=clock), health.witnessed()) == (0, None)


def test_the_address_gets_the_note_as_it_was_signed(listener, sealed):
    sealed(2)
    assert sweep(clock=clock) == 1
    note = Checkpoint.objects.get().note.encode()
    assert listener.got == [("/checkpoints?of=earshot", "text/plain; charset=utf-8", note)]


@pytest.mark.parametrize("status", [500, 503, 429, 302])
def test_one_that_cannot_now_is_asked_again_later_and_nothing_else_is_tried(listener, sealed, status):
    sealed(2)
    sealed(2, start=2)
    listener.status = status
    assert sweep(clock=clock) == 0
    first, second = Handover.objects.order_by("checkpoint_id")
    assert (first.outcome, first.attempts, first.last_error_code) == ("waiting", 1, f"http-{status}")
    assert first.next_attempt_at == NOW + back_off(1)
    assert second.attempts == 0
    assert len(listener.got) == 1, "a redirection is not followed"
    listener.status = 200
    assert sweep(clock=later(minutes=1)) == 2


def test_a_refusal_ends_it_and_turns_the_status_red(listener, sealed):
    sealed(2)
    listener.status = 409
    assert sweep(clock=timezone.now) == 1
    refused = Handover.objects.get()
    assert (refused.outcome, refused.last_error_code) == ("refused", "http-409")
    assert health.witnessed() == "The witness refused 1 of the ledger's checkpoints within seven days."


def test_a_witness_that_is_away_is_said_and_gets_all_of_it_afterwards(settings, tmp_path, sealed):
    kept = tmp_path / "not-mounted"
    settings.LEDGER_WITNESS = str(kept)
    sealed(2)
    assert sweep(clock=clock) == 0
    assert not kept.exists(), "a folder that is not mounted is not made"
    assert health.witnessed().startswith("The witness has not taken the ledger's checkpoints for")
    assert health.to_witness() == 1
    kept.mkdir()
    assert hand_to_witness() == 1
    assert (health.witnessed(), health.to_witness()) == (None, 0)


def test_nobody_listening_is_away(settings, sealed):
    settings.LEDGER_WITNESS = "http://127.0.0.1:1/"
    sealed(1)
    assert sweep(clock=clock) == 0
    assert Handover.objects.get().last_error_code == "no-answer-ConnectionRefusedError"


def test_another_checkpoint_under_the_same_name_is_never_replaced(folder, sealed):
    sealed(2)
    path = folder / witness.name_of(Checkpoint.objects.get())
    path.write_text("another history")
    sweep(clock=clock)
    assert Handover.objects.get().outcome == "refused"
    assert path.read_text() == "another history"


def test_what_a_killed_worker_had_in_hand_is_found_after_its_lease(folder, sealed, monkeypatch):
    sealed(2)

    def killed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("project.ledger.actions.handovers.hand", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(clock=clock)
    monkeypatch.undo()
    assert sweep(clock=clock) == 0
    assert sweep(clock=lambda: NOW + LEASE) == 1


def test_back_off_grows_and_ends():
    waits = [back_off(attempts) for attempts in range(1, 40)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=10), LONGEST_BACK_OFF)


def test_what_the_witness_kept_shows_a_history_that_was_rewritten_and_signed_again(folder, sealed, tmp_path):
    history = sealed(5) + sealed(4, start=5)
    sweep(clock=clock)
    assert "kept outside          2" in run("--witness", str(folder))
    rewrite(history, 2)
    assert verify_ledger(vault.public_keys()).is_good, "nothing inside can tell"
    with pytest.raises(CommandError, match="NOT what was signed"):
        run("--witness", str(folder))


@pytest.mark.parametrize("odd", ["relative/folder", "ftp://host/", "https:///nowhere"])
def test_a_witness_that_can_be_none_is_said_at_start(settings, odd):
    settings.LEDGER_WITNESS = odd
    assert [fault.id for fault in checks.the_witness_can_be_reached(None)] == ["ledger.E002"]


@pytest.mark.parametrize("fine", ["", "/mnt/witness", "https://witness.example/earshot"])
def test_a_folder_an_address_and_none_are_fine(settings, fine):
    settings.LEDGER_WITNESS = fine
    assert checks.the_witness_can_be_reached(None) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_hand_each_over_once(listener, sealed):
    for start in range(12):
        sealed(1, start=start)
    ready = threading.Barrier(2)

    def work():
        ready.wait(10)
        sweep(clock=clock)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert len(listener.got) == len({body for _, _, body in listener.got}) == 12
    assert set(Handover.objects.values_list("outcome", "attempts")) == {("taken", 1)}
