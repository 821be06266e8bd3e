"""The sealed format: what goes in comes out, by ranges too, and anything else is noticed."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.vault import crypto
from project.vault.crypto import FRAME, HEADER, SEALED_FRAME, TAG
from project.vault.errors import Tampered
from project.vault.keys import Key

KEY, OTHER_KEY = Key(bytes(range(32))), Key(bytes(32))
ID, OTHER_ID = uuid.UUID(int=1), uuid.UUID(int=2)
PART = "blob:audio"

# Sizes about the edges of frames, where counting goes wrong.
sizes = st.one_of(
    st.integers(0, 200), st.builds(lambda n, d: max(0, n * FRAME + d), st.integers(0, 3), st.integers(-2, 2))
)


def plain_of(size: int) -> bytes:
    return bytes(i * 31 % 251 for i in range(997)) * (size // 997 + 1) if size else b""


def sealed_of(size: int) -> tuple[bytes, bytes]:
    plain = plain_of(size)[:size]
    return plain, crypto.seal_bytes(KEY, ID, PART, plain)


def opened(sealed: bytes, key: Key = KEY, object_id: uuid.UUID = ID, part: str = PART) -> bytes:
    return crypto.open_bytes(key, object_id, part, sealed)


@given(size=sizes)
@settings(deadline=None)
def test_what_goes_in_comes_out(size):
    plain, sealed = sealed_of(size)
    assert opened(sealed) == plain
    assert (len(sealed), size) == (crypto.sealed_size(size), crypto.plain_size(len(sealed)))


@given(cuts=st.lists(st.integers(0, 90_000), max_size=5))
@settings(deadline=None)
def test_chunks_of_any_size_give_the_same(cuts):
    chunks = [plain_of(cut)[:cut] for cut in cuts]
    assert opened(b"".join(crypto.seal(KEY, ID, PART, chunks))) == b"".join(chunks)


@given(size=sizes, data=st.data())
@settings(deadline=None)
def test_a_range_is_that_part_and_opens_only_its_frames(size, data):
    plain, sealed = sealed_of(size)
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    read = []

    def read_at(offset: int, length: int) -> bytes:
        read.append(offset)
        return sealed[offset : offset + length]

    reader = crypto.Opened(KEY, ID, PART, read_at, len(sealed))
    read.clear()
    assert b"".join(reader.read_range(start, stop)) == plain[start:stop]
    frames = range(start // FRAME, -(-stop // FRAME)) if stop > start else range(0)
    assert read == [HEADER + number * SEALED_FRAME for number in frames]


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2), (0, 11)])
def test_a_range_outside_is_refused(start, stop):
    sealed = sealed_of(10)[1]
    reader = crypto.Opened(KEY, ID, PART, lambda offset, length: sealed[offset : offset + length], len(sealed))
    with pytest.raises(ValueError, match="outside"):
        reader.read_range(start, stop)


@given(size=sizes, data=st.data())
@settings(deadline=None)
def test_any_changed_bit_is_noticed(size, data):
    sealed = bytearray(sealed_of(size)[1])
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered):
        opened(bytes(sealed))


@given(size=sizes, data=st.data())
@settings(deadline=None)
def test_cutting_anything_off_is_noticed_at_opening(size, data):
    sealed = sealed_of(size)[1]
    kept = data.draw(st.one_of(st.integers(0, len(sealed) - 1), st.just(max(0, len(sealed) - SEALED_FRAME))))
    with pytest.raises(Tampered):
        crypto.Opened(KEY, ID, PART, lambda offset, length: sealed[:kept][offset : offset + length], kept)


def test_cutting_at_a_frame_is_noticed_at_opening():
    sealed = sealed_of(3 * FRAME)[1]
    for frames in (1, 2):
        with pytest.raises(Tampered):
            opened(sealed[: HEADER + frames * SEALED_FRAME])


def test_swapped_repeated_and_dropped_frames_are_noticed():
    sealed = sealed_of(4 * FRAME)[1]
    header, frames = sealed[:HEADER], [sealed[HEADER + n * SEALED_FRAME :][:SEALED_FRAME] for n in range(4)]
    for order in ([1, 0, 2, 3], [0, 0, 2, 3], [0, 2, 3], [0, 1, 2, 3, 3], [3, 1, 2, 0]):
        with pytest.raises(Tampered):
            opened(header + b"".join(frames[number] for number in order))


def test_frames_of_two_parts_do_not_mix():
    """Same key, same object, same part, sealed twice: the salt keeps them apart."""
    one, two = sealed_of(2 * FRAME)[1], sealed_of(2 * FRAME)[1]
    with pytest.raises(Tampered):
        opened(one[: HEADER + SEALED_FRAME] + two[HEADER + SEALED_FRAME :])


@pytest.mark.parametrize(
    "place", [{"key": OTHER_KEY}, {"object_id": OTHER_ID}, {"part": "blob:softened"}, {"part": "field:audio"}]
)
def test_it_opens_under_its_own_key_object_and_part_only(place):
    with pytest.raises(Tampered):
        opened(sealed_of(100)[1], **place)


def test_equal_texts_look_different():
    assert sealed_of(100)[1] != sealed_of(100)[1]


@pytest.mark.parametrize(
    "size", [0, 1, HEADER, HEADER + TAG - 1, HEADER + SEALED_FRAME + TAG, HEADER + SEALED_FRAME + 1]
)
def test_lengths_that_no_plaintext_has_are_refused(size):
    with pytest.raises(Tampered):
        crypto.plain_size(size)


def test_a_key_shows_itself_to_ciphers_only():
    import pickle

    assert {str(KEY), repr(KEY), f"{KEY}", f"{KEY!r:>5}"} == {"Key(redacted)"}
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
