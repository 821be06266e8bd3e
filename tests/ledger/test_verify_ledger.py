"""verify_ledger: a tampered ledger is noticed and the first bad place is named.

The tampering is done as a superuser would: the triggers are taken off first, and put back after.
"""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from project import vault
from project.ledger.checkpoint import TreeHead, verify
from project.ledger.chunks import _EACH_NODE, _NODES, PLAIN_PLANS, Head
from project.ledger.models import Checkpoint, Entry, Leaf
from project.ledger.sealing import seal
from project.ledger.verifying import verify_ledger
from tests.ledger.conftest import NOW, unguarded

pytestmark = pytest.mark.django_db


def verified(earlier: str | None = None, **options):
    kept = [] if earlier is None else [kept_head("the earlier checkpoint", verify(earlier, vault.public_keys()))]
    return verify_ledger(vault.public_keys(), kept=kept, **options)


def kept_head(what: str, head: TreeHead) -> Head:
    return Head(f"{what} (size {head.size})", head.size, head.root)


@pytest.fixture
def history(sealed):
    """13 entries under three heads (5, 9, 13)."""
    return sealed(5) + sealed(4, start=5) + sealed(4, start=9)


def test_a_good_ledger_is_good(history, write):
    write(2)
    report = verified()
    assert (report.faults, report.entries, report.waiting, report.checkpoints) == ([], 13, 2, 3)
    assert report.head.size == 13


def test_an_empty_ledger_is_good():
    assert verified().is_good


@pytest.mark.parametrize(
    "change",
    ["event = 'clip.changed'", "actor_name = 'somebody'", "facts = '{\"n\": 99}'", "at = at + interval '1 microsecond'",
     "salt = decode(repeat('00', 16), 'hex')", "subject_id = 'x'",
     "at = at - interval '4051 years'", "actor_id = gen_random_uuid()"],
)  # fmt: skip
def test_a_changed_entry_is_named(history, change):
    with unguarded("ledger_entry") as execute:
        execute(f"UPDATE ledger_entry SET {change} WHERE id = %s", [history[6].pk])
    assert verified().faults == [f"leaf 6: entry {history[6].pk} was changed"]


def test_of_a_ledger_in_ruins_the_first_faults_are_named_and_all_are_counted(history, sealed):
    sealed(20, start=13)
    with unguarded("ledger_entry") as execute:
        execute("UPDATE ledger_entry SET actor_name = 'somebody'")
    report = verified()
    places = sorted(Leaf.objects.values_list("index", "entry_id"))
    assert report.faults == [f"leaf {index}: entry {entry} was changed" for index, entry in places[:20]]
    assert report.found == 33


@pytest.mark.django_db(transaction=True)
def test_several_processes_find_what_one_does(history):
    assert verified(processes=2).is_good
    with unguarded("ledger_entry") as execute:
        execute("UPDATE ledger_entry SET event = 'clip.changed' WHERE id = %s", [history[6].pk])
    assert (
        verified(processes=2).faults == verified(processes=1).faults == [f"leaf 6: entry {history[6].pk} was changed"]
    )


def test_a_dropped_entry_is_named(history):
    with unguarded("ledger_entry", "ledger_leaf") as execute:
        execute("DELETE FROM ledger_entry WHERE id = %s", [history[3].pk])
    assert verified().faults == [f"leaf 3: its entry {history[3].pk} is missing"]


def test_a_dropped_leaf_is_named_first(history):
    with unguarded("ledger_entry", "ledger_leaf") as execute:
        execute("DELETE FROM ledger_leaf WHERE index = 3")
    assert verified().faults[0] == "leaf 3 is missing"


def test_dropped_last_leaves_are_noticed(history):
    with unguarded("ledger_leaf") as execute:
        execute("DELETE FROM ledger_leaf WHERE index >= 11")
    assert any("the tree has only 11 leaves" in fault for fault in verified().faults)


def test_an_entry_slipped_past_the_queue_is_named(history):
    with unguarded("ledger_entry") as execute:
        execute(
            "INSERT INTO ledger_entry (id, at, event, actor_name, subject_type, subject_id, facts, salt)"
            " SELECT gen_random_uuid(), at, event, actor_name, subject_type, subject_id, facts, salt"
            " FROM ledger_entry WHERE id = %s",
            [history[0].pk],
        )
    slipped = Entry.objects.filter(leaf=None).get()
    assert verified().faults == [f"entry {slipped.pk} is neither in the tree nor waiting to be"]


def test_reordered_entries_are_named(history):
    first, second = Leaf.objects.get(index=2), Leaf.objects.get(index=6)
    with unguarded("ledger_leaf") as execute:
        execute("UPDATE ledger_leaf SET index = -1 WHERE index = 2")
        execute("UPDATE ledger_leaf SET index = 2 WHERE index = 6")
        execute("UPDATE ledger_leaf SET index = 6 WHERE index = -1")
    assert bytes(first.leaf_hash) != bytes(second.leaf_hash)
    faults = verified().faults
    assert faults[0] == "subtree of leaves 2 to 3: not the hash of its leaves"
    assert any("root mismatch; a leaf between 0 and 4 was changed" in fault for fault in faults)


def test_an_entry_that_was_put_into_the_tree_is_named(history):
    """With a leaf of its own and everything behind it moved up by one: the first subtree that it upset is named."""
    with unguarded("ledger_entry", "ledger_leaf") as execute:
        execute(
            "INSERT INTO ledger_entry (id, at, event, actor_name, subject_type, subject_id, facts, salt)"
            " SELECT gen_random_uuid(), at, event, actor_name, subject_type, subject_id, facts, salt"
            " FROM ledger_entry WHERE id = %s",
            [history[5].pk],
        )
        execute("UPDATE ledger_leaf SET index = -index - 2 WHERE index >= 6")
        execute("UPDATE ledger_leaf SET index = -index - 1 WHERE index < 0")
        execute("INSERT INTO ledger_leaf (index, entry_id, leaf_hash) SELECT 6, id, sha256(salt) FROM ledger_entry e"
                " WHERE NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.entry_id = e.id)")  # fmt: skip
    slipped = Leaf.objects.get(index=6).entry_id
    assert verified().faults[:2] == [
        f"leaf 6: entry {slipped} was changed",
        "subtree of leaves 6 to 7: not the hash of its leaves",
    ]


def rewrite(history, place: int) -> None:
    """A superuser who knows the code: change an entry, empty the tree, seal it anew with the real key."""
    tables = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint", "ledger_unsealed")
    with unguarded(*tables) as execute:
        execute("UPDATE ledger_entry SET event = 'clip.changed', commitment = NULL WHERE id = %s", [history[place].pk])
        for table in ("leaf", "node", "checkpoint"):
            execute(f"DELETE FROM ledger_{table}")
        execute("INSERT INTO ledger_unsealed (entry_id) SELECT id FROM ledger_entry ORDER BY at")
    seal(NOW)


def test_a_rewritten_and_resealed_history_is_caught_by_an_earlier_checkpoint(history):
    earlier = Checkpoint.objects.get(tree_size=9).note
    assert verified(earlier=earlier).is_good
    rewrite(history, 4)
    assert verified().is_good, "nothing inside the database can tell"
    (fault,) = verified(earlier=earlier).faults
    assert fault.startswith("the earlier checkpoint (size 9): root mismatch")


def test_a_forged_checkpoint_is_named(history):
    with unguarded("ledger_checkpoint") as execute:
        execute("UPDATE ledger_checkpoint SET note = replace(note, E'\\n13\\n', E'\\n12\\n') WHERE tree_size = 13")
    fault, uncovered = verified().faults
    assert fault.startswith("checkpoint")
    assert "bad signature" in fault
    assert uncovered.startswith("leaves 9 to 12 are under no signed head")


def test_a_changed_subtree_is_named(history):
    with unguarded("ledger_node") as execute:
        execute("UPDATE ledger_node SET hash = sha256('x') WHERE level = 1 AND index = 2")
        execute("DELETE FROM ledger_node WHERE level = 2 AND index = 0")
    assert sorted(verified().faults) == [
        "subtree of leaves 0 to 3: missing",
        "subtree of leaves 4 to 5: not the hash of its leaves",
    ]


def run(*args: str) -> str:
    out = StringIO()
    call_command("verify_ledger", *args, stdout=out, stderr=StringIO(), no_color=True)
    return out.getvalue()


def test_the_command_prints_the_figures(history, tmp_path):
    earlier = tmp_path / "checkpoint.txt"
    earlier.write_text(Checkpoint.objects.get(tree_size=5).note, encoding="utf-8")
    public = tmp_path / "public.pem"
    public.write_text(vault.public_key_pem())
    said = run(str(earlier), "--public-key", str(public))
    assert "entries in the tree   13" in said
    assert "The ledger is what was signed, and it has only grown since what was kept outside." in said


def test_the_command_fails_with_the_place(history):
    with unguarded("ledger_entry") as execute:
        execute("UPDATE ledger_entry SET event = 'clip.changed' WHERE id = %s", [history[6].pk])
    with pytest.raises(CommandError, match="NOT what was signed: 1 faults"):
        run()


@pytest.mark.parametrize("content", ["no note", "earshot/x\n1\n\n"])
def test_a_checkpoint_file_that_is_none_fails(history, tmp_path, content):
    path = tmp_path / "checkpoint.txt"
    path.write_text(content)
    with pytest.raises(CommandError, match="NOT what was signed"):
        run(str(path))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(tmp_path / "none.txt"))


def test_a_chunk_reads_its_own_subtrees_and_no_others(db):
    """What one chunk costs must not grow with the ledger: 100,000 subtrees are there, and a few pages are read."""
    with unguarded("ledger_node") as execute:
        execute("INSERT INTO ledger_node (level, index, hash) SELECT 1, n, '' FROM generate_series(0, 99999) AS n")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_node")
        cursor.execute(PLAIN_PLANS)
        for statement in (_NODES, _EACH_NODE):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", [[1, 2, 3], 50_000, 50_100])
            ((plan,),) = cursor.fetchall()
            assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 50
