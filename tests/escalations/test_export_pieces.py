"""A build that was stopped goes on with what it has read and checked; nothing else is ever taken for it."""

from __future__ import annotations

import resource
from dataclasses import replace

import pytest

from escalations.actions.export_ends import destroy
from escalations.export import pieces
from escalations.export.facts import Outline, Profile, Span
from escalations.export.verify import verify
from escalations.models import Export, Opening
from project import vault
from project.ledger.models import Entry
from project.vault.blobs import current_store
from tests.escalations.test_build_export import again, file_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(legal_case, recorded, joined):
    """A case of three recordings, in pieces of one each."""
    for number in (2, 3):
        joined(legal_case, recorded(f"call-{number}"))
    return legal_case


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "MOST_BYTES", 1)


def stopped_by_the_system(give, case, most_bytes):
    """A build that the kernel stops at the first file that is longer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        return give(case)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_was_read_and_checked_is_not_read_again(three, give, small_pieces, opened, tmp_path):
    """Every recording was read by the attempt that failed at the whole file; the next one reads none of them."""
    export = stopped_by_the_system(give, three, 40_000)
    kept = vault.parts(export.pk)
    assert (export.state, len(kept)) == ("approved", 3)
    before = Opening.objects.count()
    export = again(export)
    assert (export.state, export.attempts, Opening.objects.count()) == ("ready", 2, before)
    assert Entry.objects.filter(event="export.evidence-read").count() == 1
    assert vault.parts(export.pk) == ["bag"]
    bag = opened(file_of(export), tmp_path)
    assert verify(bag).findings == []
    assert len(list((bag / "data/originals").iterdir())) == 3


def test_a_recording_that_joined_since_is_read_and_the_others_are_not(three, give, small_pieces, recorded, joined):
    export = stopped_by_the_system(give, three, 40_000)
    joined(three, recorded("call-4"))
    export = again(export)
    read = Opening.objects.order_by("opened_at", "exhibit__number").values_list("exhibit__number", flat=True)
    assert (export.state, list(read)) == ("ready", [1, 2, 3, 4])


def test_a_piece_that_was_touched_is_thrown_away_with_all_others(three, give, small_pieces):
    export = stopped_by_the_system(give, three, 40_000)
    name = f"{export.pk}.{vault.parts(export.pk)[0]}"
    (path,) = current_store().root.rglob(name)
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    export = again(export)
    assert (export.state, export.last_error, vault.parts(export.pk)) == ("approved", "Tampered", [])
    assert again(export, 120).state == "ready"


def test_pieces_of_an_export_that_is_given_up_are_destroyed_with_it(three, give, small_pieces, now):
    export = stopped_by_the_system(give, three, 40_000)
    assert len(vault.parts(export.pk)) == 3
    Export.objects.update(state="failed", ending="gave-up")
    assert destroy(export.pk, now=now)
    assert (vault.parts(export.pk), vault.key_is_absent(export.pk)) == ([], True)


def test_a_piece_is_named_after_everything_it_is_made_from():
    outline = Outline("E0001", "a" * 64, 10, "wav", (Span(0, 5, "phone"),))
    others = [
        replace(outline, sha256="b" * 64), replace(outline, silenced=()), replace(outline, number="E0002"),
        replace(outline, silenced=(Span(0, 6, "phone"),)), replace(outline, audio_format="flac"),
    ]  # fmt: skip
    names = [pieces.pieces(Profile.LAW_ENFORCEMENT, [one])[0].name for one in (outline, *others)]
    names += [pieces.pieces(Profile.INTERNAL, [outline])[0].name]
    assert len(set(names)) == 7
    half = replace(outline, byte_size=pieces.MOST_BYTES // 2)
    whole = replace(outline, byte_size=3 * pieces.MOST_BYTES)
    cut = pieces.pieces(Profile.INTERNAL, [half, half, half, whole, half])
    assert [len(one.numbers) for one in cut] == [2, 1, 1, 1]
