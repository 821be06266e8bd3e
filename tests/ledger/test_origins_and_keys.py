"""A new origin after a restore, and what the ledger says of master keys."""

from __future__ import annotations

import pytest
from django.db import transaction

from project import vault
from project.ledger import origins
from project.ledger.checkpoint import parse
from project.ledger.events import Event
from project.ledger.master_keys import record_master_keys
from project.ledger.models import Checkpoint, Entry, Origin
from project.ledger.sealing import seal
from project.ledger.verifying import verify_ledger
from project.vault.actions.rotation import rotate
from tests.ledger.conftest import NOW
from tests.vault.conftest import ring  # noqa: F401  # a ring of this test's own

pytestmark = pytest.mark.django_db


def test_a_restored_ledger_goes_on_under_a_name_that_names_the_old_head(sealed):
    sealed(3)
    old = Checkpoint.objects.get().note
    with transaction.atomic():
        origin = origins.start_new(now=NOW)
    seal(NOW)
    head = parse(Checkpoint.objects.order_by("-id")[0].note)[0]
    assert (head.origin, head.size) == (origin.name, 4)
    assert origin.old_head == old
    assert origin.name != parse(old)[0].origin
    entry = Entry.objects.get(event=Event.LEDGER_ORIGIN_STARTED)
    assert entry.facts == {"origin": origin.name, "old_size": 3, "old_root": parse(old)[0].root.hex()}
    assert verify_ledger(vault.public_keys()).is_good


def test_the_head_that_a_witness_kept_can_be_named(sealed):
    sealed(3)
    seen = Checkpoint.objects.get().note.replace("\n3\n", "\n7\n")  # longer than what was restored
    with transaction.atomic():
        assert origins.start_new(now=NOW, old_head=seen).old_head == seen
    assert Entry.objects.get(event=Event.LEDGER_ORIGIN_STARTED).facts["old_size"] == 7


def test_there_is_one_first_origin(sealed):
    sealed(1)
    sealed(1, start=1)
    assert Origin.objects.count() == 1


def test_master_keys_made_and_destroyed_are_in_the_ledger_once(ring):  # noqa: F811
    rotate(now=NOW)
    assert record_master_keys(NOW) == 3
    assert record_master_keys(NOW) == 0
    said = Entry.objects.order_by("event", "facts__version").values_list("event", "facts__version")
    assert list(said) == [("master-key.created", 1), ("master-key.created", 2), ("master-key.destroyed", 1)]
