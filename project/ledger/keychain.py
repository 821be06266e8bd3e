"""How trust passes from one signing key to the next: a signed note, under both keys, that the one follows the other.

earshot-key-change-1
<version of the new key, decimal>
<old public key, base64>
<new public key, base64>
<instant, RFC 3339 UTC>
                                 (an empty line)
— earshot-keys <signature of the old key>
— earshot-keys <signature of the new key>

Both signatures must hold. So whoever trusts one key of the chain can reach all of them, later and earlier ones, and
needs nothing but these notes. Pure.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from project.ledger.checkpoint import BadNote, is_signed, signature_line, split
from project.ledger.facts import instant

FORMAT: Final = "earshot-key-change-1"
NAME: Final = "earshot-keys"


@dataclass(frozen=True, slots=True)
class Change:
    """What a note says: this key followed that one."""

    version: int
    old: Ed25519PublicKey
    new: Ed25519PublicKey
    at: datetime


def write(version: int, old: Ed25519PrivateKey, new: Ed25519PrivateKey, at: datetime) -> str:
    """The note, signed by both."""
    keys = [base64.b64encode(key.public_key().public_bytes_raw()).decode() for key in (old, new)]
    text = f"{FORMAT}\n{version}\n{keys[0]}\n{keys[1]}\n{instant(at)}\n"
    return f"{text}\n{signature_line(text, NAME, old)}{signature_line(text, NAME, new)}"


def read(note: str) -> Change:
    """What the note says, once both signatures hold. Raises BadNote."""
    text, signatures = split(note)
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != FORMAT:
        raise BadNote("not a change of keys")
    try:
        change = Change(int(lines[1]), _public(lines[2]), _public(lines[3]), datetime.fromisoformat(lines[4]))
    except (ValueError, InvalidSignature):
        raise BadNote("a change of keys that cannot be read") from None
    if not all(is_signed(text, NAME, key, signatures) for key in (change.old, change.new)):
        raise BadNote("a change of keys must be signed by both")
    return change


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def reachable(trusted: Iterable[Ed25519PublicKey], notes: Iterable[str]) -> list[Ed25519PublicKey]:
    """The trusted keys and all that notes lead to from them. Notes that don't hold lead nowhere."""
    known = {key.public_bytes_raw(): key for key in trusted}
    changes = _holding(notes)
    grown = True
    while grown:
        before = len(known)
        for change in changes:
            pair = {key.public_bytes_raw(): key for key in (change.old, change.new)}
            if known.keys() & pair:
                known |= pair
        grown = len(known) > before
    return list(known.values())


def _holding(notes: Iterable[str]) -> Sequence[Change]:
    changes = []
    for note in notes:
        try:
            changes.append(read(note))
        except BadNote:
            continue
    return changes
