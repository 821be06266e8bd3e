"""The ledger over the API, checked as an outsider would: with the public key and the RFC's own rules."""

from __future__ import annotations

import json
import uuid
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from project.ledger.checkpoint import verify
from project.ledger.merkle import extends, includes, leaf_hash
from project.ledger.models import Checkpoint, Entry
from project.ledger.sealing import seal
from tests.ledger.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(api_of, auditor):
    return api_of(auditor)


@pytest.fixture
def key(api):
    return load_pem_public_key(api.get("/api/v1/ledger/public-key/").content)


@pytest.fixture
def history(sealed):
    return sealed(5) + sealed(6, start=5)


def test_the_checkpoint_is_a_signed_note_as_plain_text(api, key, history):
    answer = api.get("/api/v1/ledger/checkpoint/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert verify(answer.content.decode(), [key]).size == 11


def test_before_the_first_seal_there_is_none(api):
    answer = api.get("/api/v1/ledger/checkpoint/")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_every_listed_entry_has_a_proof_under_the_checkpoint(api, key, history):
    head = verify(api.get("/api/v1/ledger/checkpoint/").content.decode(), [key])
    listed = api.get("/api/v1/ledger/entries/?limit=200").json()["results"]
    assert [entry["leaf_index"] for entry in listed] == list(range(10, -1, -1))
    for entry in listed:
        proof = api.get(f"/api/v1/ledger/entries/{entry['id']}/proof/?tree_size={head.size}").json()
        leaf = b64decode(proof["entry"])
        assert json.loads(leaf)["id"] == entry["id"]
        hashes = [b64decode(hash) for hash in proof["hashes"]]
        assert includes(leaf_hash(leaf), proof["leaf_index"], proof["tree_size"], hashes, head.root)


def test_entries_come_in_pages(api, history):
    first = api.get("/api/v1/ledger/entries/?limit=4").json()
    assert [entry["leaf_index"] for entry in first["results"]] == [10, 9, 8, 7]
    second = api.get(first["next"]).json()
    assert [entry["leaf_index"] for entry in second["results"]] == [6, 5, 4, 3]
    assert second["results"][0]["facts"] == {"n": 6}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "colour=red", f"cursor={'x' * 301}"])
def test_odd_queries_are_refused(api, history, query):
    answer = api.get(f"/api/v1/ledger/entries/?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


def test_an_entry_can_be_proved_against_an_older_tree(api, key, history):
    first = verify(Checkpoint.objects.get(tree_size=5).note, [key])
    proof = api.get(f"/api/v1/ledger/entries/{history[2].pk}/proof/?tree_size=5").json()
    hashes = [b64decode(hash) for hash in proof["hashes"]]
    assert includes(leaf_hash(b64decode(proof["entry"])), 2, 5, hashes, first.root)
    assert proof["checkpoint"] == Checkpoint.objects.get(tree_size=5).note
    assert api.get(f"/api/v1/ledger/entries/{history[2].pk}/proof/?tree_size=7").json()["checkpoint"] == ""


def test_proofs_that_cannot_be_had_are_refused_with_the_reason(api, history, write):
    (waiting,) = write(1, start=11)

    def refused(entry_id: object, query: str = "") -> tuple[int, str]:
        answer = api.get(f"/api/v1/ledger/entries/{entry_id}/proof/{query}")
        return answer.status_code, answer.json()["code"]

    assert refused(waiting.pk) == (409, "not-sealed-yet")
    assert refused(history[7].pk, "?tree_size=5") == (409, "not-sealed-yet")
    assert refused(history[7].pk, "?tree_size=12") == (400, "no-such-tree")
    assert refused(history[7].pk, "?tree_size=0")[0] == 400
    assert refused(uuid.uuid4()) == (404, "absent")
    seal(NOW)
    assert api.get(f"/api/v1/ledger/entries/{waiting.pk}/proof/").status_code == 200


@pytest.mark.parametrize(("old", "new"), [(0, 11), (5, 5), (5, 11), (3, 7), (11, 11), (8, 11)])
def test_two_trees_are_proved_consistent(api, history, old, new):
    from project.ledger import tree
    from project.ledger.merkle import root_of

    answer = api.get(f"/api/v1/ledger/consistency/?from={old}&to={new}").json()
    hashes = [b64decode(hash) for hash in answer["hashes"]]
    assert extends(old, root_of(old, tree.read), new, root_of(new, tree.read), hashes)


@pytest.mark.parametrize("query", ["", "from=6&to=5", "from=1&to=12", "from=-1&to=2", "from=a&to=2", "from=1&to=2&x=1"])
def test_sizes_that_make_no_sense_are_refused(api, history, query):
    assert api.get(f"/api/v1/ledger/consistency/?{query}").status_code == 400


def test_to_is_the_newest_by_default(api, history):
    assert api.get("/api/v1/ledger/consistency/?from=5").json()["to"] == 11


def test_only_an_auditor_reads_the_ledger(api_of, supervisor, legal, administrator, reviewer, history):
    for user in (supervisor, legal, administrator, reviewer):
        assert api_of(user).get("/api/v1/ledger/entries/").status_code == 404


def test_reading_writes_nothing(api, history):
    before = Entry.objects.count()
    api.get("/api/v1/ledger/entries/")
    api.get("/api/v1/ledger/checkpoint/")
    assert Entry.objects.count() == before


def test_a_page_costs_the_same_however_deep(api, history, django_assert_max_num_queries):
    api.get("/api/v1/ledger/entries/?limit=2")
    with django_assert_max_num_queries(6):
        api.get("/api/v1/ledger/entries/?limit=200")
