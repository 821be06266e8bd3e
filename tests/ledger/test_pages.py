"""What the auditor sees."""

from __future__ import annotations

import pytest

from project.ledger.apps import cards
from project.ledger.events import Event
from project.ledger.health import oldest_unsealed, sealed_recently
from project.ledger.models import Checkpoint
from project.ledger.reading import PAGE
from tests.ledger.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_of, auditor):
    return client_of(auditor)


def test_entries_are_shown_newest_first_with_the_head(desk, sealed, write):
    sealed(3)
    write(1, event=Event.DISCLOSED, start=3)
    page = desk.get("/ledger/").content.decode()
    table = page[page.index("<table>") :]
    assert table.index("Disclosure: recorded") < table.index("Stores: reconciled")
    assert "waits for the seal" in page
    assert Checkpoint.objects.get().note.splitlines()[0] in page


def test_an_empty_ledger_says_what_will_come(desk):
    assert "Nothing has happened yet" in desk.get("/ledger/").content.decode()


def test_it_can_be_narrowed_to_an_event_and_an_object(desk, write, reviewer):
    from django.db import transaction

    from project import ledger

    write(2)
    with transaction.atomic():
        ledger.record(Event.ACCOUNT_CREATED, actor=None, subject=reviewer, now=NOW)
    for query in ("event=account.created", f"subject={reviewer.pk}", f"event=account.created&subject={reviewer.pk}"):
        page = desk.get(f"/ledger/?{query}").content.decode()
        assert page.count("<td>Account: created</td>") == 1
        assert "<td>Stores: reconciled</td>" not in page
    assert "No entry matches" in desk.get("/ledger/?event=disclosure.recorded").content.decode()


@pytest.mark.parametrize("query", ["event=nothing", f"subject={'x' * 41}", "before=x", "before=2026-01-01_x"])
def test_odd_addresses_are_answered_kindly(desk, write, query):
    write(1)
    answer = desk.get(f"/ledger/?{query}")
    assert answer.status_code == 422
    assert b"field-error" in answer.content or b"start from the newest" in answer.content


def test_older_entries_are_a_page_away_and_none_is_shown_twice(desk, write):
    write(PAGE + 7)
    first = desk.get("/ledger/")
    older = first.context["older"]
    second = desk.get(f"/ledger/?{older}")
    shown = [entry.facts["n"] for answer in (first, second) for entry in answer.context["page"].entries]
    assert shown == list(range(PAGE + 6, -1, -1))
    assert second.context["older"] == ""


def test_an_entry_shows_its_facts_and_its_proof(desk, sealed, write):
    entries = sealed(5)
    page = desk.get(f"/ledger/entries/{entries[3].pk}/").content.decode()
    assert "leaf 3 of the tree with 5 leaves" in page
    (waiting,) = write(1)
    assert "waits to be sealed" in desk.get(f"/ledger/entries/{waiting.pk}/").content.decode()


def test_checkpoint_and_key_can_be_taken_away(desk, sealed):
    assert desk.get("/ledger/checkpoint.txt").status_code == 503
    sealed(2)
    saved = desk.get("/ledger/checkpoint.txt")
    assert saved["Content-Disposition"] == 'attachment; filename="checkpoint-2.txt"'
    assert saved.content.decode() == Checkpoint.objects.get().note
    assert desk.get("/ledger/public-key.pem").content.startswith(b"-----BEGIN PUBLIC KEY-----")


def test_it_refuses_post(desk):
    assert desk.post("/ledger/").status_code == 405


def test_strangers_and_other_roles_cannot_tell_it_from_nothing(client_of, stranger, supervisor, sealed):
    (entry,) = sealed(1)
    for person in (stranger, supervisor):
        for path in ("/ledger/", f"/ledger/entries/{entry.pk}/", "/ledger/checkpoint.txt"):
            assert client_of(person).get(path).status_code == 404


def test_the_home_card_is_for_auditors(auditor, supervisor, sealed):
    sealed(4)
    (card,) = cards(auditor)
    assert (card.figure, card.tone) == ("4", "calm")
    assert list(cards(supervisor)) == []


def test_a_sealer_that_is_late_is_said(auditor, write):
    assert sealed_recently() is None
    write(1)
    assert oldest_unsealed(NOW).total_seconds() == 0
    assert sealed_recently().startswith("Ledger entries have waited")  # the entry is from months ago
    (card,) = cards(auditor)
    assert card.tone == "alarm"
