"""The sealer: every committed entry gets one place in the tree, and each head is signed."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction

from project import ledger, vault
from project.ledger import merkle, tree
from project.ledger.checkpoint import verify
from project.ledger.events import Event
from project.ledger.models import Checkpoint, Entry, Leaf, Node, Unsealed
from project.ledger.proofs import consistency_between, inclusion_for
from project.ledger.sealing import seal
from tests.ledger.conftest import NOW


@pytest.mark.django_db
def test_it_puts_every_entry_into_the_tree_and_signs_the_head(write):
    entries = write(7)
    assert seal(NOW) == 7
    checkpoint = Checkpoint.objects.get()
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == [entry.pk for entry in entries]
    by_hand = merkle.Frontier()
    for entry in Entry.objects.order_by("leaf__index"):
        list(by_hand.append(merkle.leaf_hash(inclusion_for(entry.pk).entry)))
    head = verify(checkpoint.note, [vault.signing_key().public_key()])
    assert (head.size, head.root) == (7, by_hand.root()) == (checkpoint.tree_size, bytes(checkpoint.root))
    assert not Unsealed.objects.exists()


@pytest.mark.django_db
def test_twice_is_once(write):
    write(3)
    assert (seal(NOW), seal(NOW)) == (3, 0)
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_the_first_run_signs_the_empty_tree_and_the_next_nothing():
    assert (seal(NOW), seal(NOW)) == (0, 0)
    head = verify(Checkpoint.objects.get().note, vault.public_keys())
    assert (head.size, head.root) == (0, merkle.EMPTY_ROOT)


@pytest.mark.django_db
def test_it_stores_complete_subtrees_only(sealed):
    for size in (3, 5, 1, 4):
        sealed(size)
    assert set(Node.objects.values_list("level", "index")) == {
        (level, index) for level in range(1, 5) for index in range(13 >> level)
    }


@pytest.mark.django_db
def test_each_head_is_consistent_with_those_before(sealed):
    for size in (1, 2, 5, 8, 3):
        sealed(size)
    heads = [(0, merkle.EMPTY_ROOT), *Checkpoint.objects.order_by("id").values_list("tree_size", "root")]
    for old, old_root in heads:
        for new, new_root in heads:
            if old <= new:
                assert merkle.extends(old, bytes(old_root), new, bytes(new_root), consistency_between(old, new))


@pytest.mark.django_db
def test_it_catches_up_in_batches(write, monkeypatch):
    monkeypatch.setattr("project.ledger.sealing.BATCH", 10)
    write(35)
    assert seal(NOW) == 35
    assert list(Checkpoint.objects.order_by("id").values_list("tree_size", flat=True)) == [10, 20, 30, 35]


@pytest.mark.django_db
def test_a_killed_batch_leaves_the_queue_as_it_was(write, monkeypatch):
    write(3)
    monkeypatch.setattr("project.ledger.sealing.sign_head", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seal(NOW)
    monkeypatch.undo()
    assert (Unsealed.objects.count(), Leaf.objects.count()) == (3, 0)
    assert seal(NOW) == 3


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_is_sealed_later(write):
    """Written first, committed last: the sealer that ran between must not have passed it by."""
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            ledger.record(Event.DISCLOSED, actor=None, subject=None, now=NOW)
            written.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    write(2)
    assert seal(NOW) == 2
    go_on.set()
    thread.join()
    assert seal(NOW) == 1
    assert Leaf.objects.get(index=2).entry.event == Event.DISCLOSED


class Crowd:
    """Threads with connections of their own, and what they raised."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.errors: list[Exception] = []

    def add(self, count: int, act) -> list[threading.Thread]:
        added = [threading.Thread(target=self._run, args=(act,)) for _ in range(count)]
        self.threads += added
        return added

    def _run(self, act) -> None:
        try:
            act()
        except Exception as error:
            self.errors.append(error)
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_at_once_lose_nothing_and_double_nothing():
    stop, crowd = threading.Event(), Crowd()

    def write_some() -> None:
        for n in range(60):
            with transaction.atomic():
                ledger.record(Event.RECONCILED, actor=None, subject=None, now=NOW, n=n)

    def keep_sealing() -> None:
        while not stop.is_set():
            seal(NOW)

    sealers, writers = crowd.add(3, keep_sealing), crowd.add(6, write_some)
    for thread in crowd.threads:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    seal(NOW)
    assert crowd.errors == []
    assert Entry.objects.count() == Leaf.objects.count() == tree.size() == 360
    edge = merkle.Frontier()
    for leaf in Leaf.objects.order_by("index"):
        list(edge.append(bytes(leaf.leaf_hash)))
    assert bytes(Checkpoint.objects.order_by("-id")[0].root) == edge.root()


@pytest.mark.django_db
def test_every_entry_can_be_proved_against_every_later_head(sealed):
    entries = sealed(3) + sealed(6, start=3)
    for place, entry in enumerate(entries):
        for size in (3, 9):
            if place < size:
                proof = inclusion_for(entry.pk, tree_size=size)
                root = bytes(Checkpoint.objects.get(tree_size=size).root)
                assert proof.leaf_index == place
                assert merkle.includes(merkle.leaf_hash(proof.entry), place, size, proof.hashes, root)
                assert verify(proof.checkpoint, [vault.signing_key().public_key()]).root == root


@pytest.mark.django_db
def test_finding_work_costs_the_same_however_long_the_history(sealed, write, django_assert_max_num_queries):
    sealed(50)
    write(1)
    with django_assert_max_num_queries(14):
        seal(NOW)


@pytest.mark.django_db
def test_an_entry_that_waits_twice_is_sealed_once_and_stops_nobody(sealed, write):
    """A second row in the queue, as a superuser leaves it: of an entry that waits, and of one that is sealed."""
    (old,) = sealed(1)
    entries = write(2, start=1)
    for entry in (old, entries[0]):
        Unsealed.objects.create(entry_id=entry.pk)
    assert seal(NOW) == 2
    assert not Unsealed.objects.exists()
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == [
        old.pk, entries[0].pk, entries[1].pk,
    ]  # fmt: skip
    assert Checkpoint.objects.order_by("-id")[0].tree_size == 3


@pytest.mark.django_db
def test_nothing_but_second_rows_moves_no_head(sealed):
    (old,) = sealed(1)
    Unsealed.objects.create(entry_id=old.pk)
    assert seal(NOW) == 0
    assert not Unsealed.objects.exists()
    assert Checkpoint.objects.count() == 1
