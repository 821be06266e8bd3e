"""Checkpoints as signed notes."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from project.ledger.checkpoint import BadNote, TreeHead, key_id, parse, sign, verifier_key, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD = TreeHead("earshot/abc", 42, bytes(range(32)))
NOTE = sign(HEAD, KEY)


def test_it_is_a_signed_note_line_by_line():
    origin, size, root, blank, signature, end = NOTE.split("\n")
    assert (origin, size, base64.b64decode(root), blank, end) == ("earshot/abc", "42", HEAD.root, "", "")
    dash, name, blob = signature.split(" ")
    assert (dash, name) == ("\u2014", "earshot/abc")
    raw = KEY.public_key().public_bytes_raw()
    assert base64.b64decode(blob)[:4] == sha256(b"earshot/abc\n\x01" + raw).digest()[:4]
    KEY.public_key().verify(base64.b64decode(blob)[4:], b"earshot/abc\n42\n" + root.encode() + b"\n")


def test_the_verifier_key_names_itself():
    name, id_hex, blob = verifier_key("earshot/abc", KEY.public_key()).split("+", 2)
    assert (name, id_hex) == ("earshot/abc", key_id("earshot/abc", KEY.public_key()).hex())
    assert base64.b64decode(blob) == b"\x01" + KEY.public_key().public_bytes_raw()


@given(size=st.integers(0, 2**63 - 1), root=st.binary(min_size=32, max_size=32))
def test_what_was_signed_comes_back(size, root):
    head = TreeHead("earshot/abc", size, root)
    assert verify(sign(head, KEY), [OTHER.public_key(), KEY.public_key()]) == head


@given(place=st.integers(0, len(NOTE) - 1), letter=st.characters(codec="utf-8"))
def test_any_changed_letter_is_noticed(place, letter):
    changed = NOTE[:place] + letter + NOTE[place + 1 :]
    if changed != NOTE:
        with pytest.raises(BadNote):
            verify(changed, [KEY.public_key()])


def test_another_key_does_not_pass():
    with pytest.raises(BadNote, match="none of the known keys"):
        verify(NOTE, [OTHER.public_key()])


def test_a_witness_may_add_its_signature():
    witnessed = NOTE + "\u2014 witness.example " + base64.b64encode(b"w" * 76).decode() + "\n"
    assert verify(witnessed, [KEY.public_key()]) == HEAD


@pytest.mark.parametrize(
    "note", ["", "\n\n", "a\n1\n\n", NOTE.replace("42", "042"), NOTE.replace("42", "-1"), NOTE[:-1]]
)
def test_malformed_notes_are_refused(note):
    with pytest.raises(BadNote):
        parse(note)
