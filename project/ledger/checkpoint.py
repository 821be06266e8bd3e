"""Signed tree heads: the C2SP `tlog-checkpoint` in a `signed-note`, with Ed25519 (pure).

<origin>
<tree size, decimal>
<root hash, base64>
                                 (an empty line)
— <key name> <base64(4-byte key id + 64-byte signature over the text up to the empty line)>
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
NAME: Final = re.compile(r"[^\s+]{1,100}")
MOST_BYTES: Final = 16 * 1024


class BadNote(ValueError):
    """A checkpoint that is malformed, or that none of the keys signed."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The signed text, with its final newline and without the empty line."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes that say which key signed (C2SP signed-note)."""
    return sha256(name.encode() + b"\n" + ED25519 + key.public_bytes_raw()).digest()[:4]


def verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """The key as tools for signed notes take it: name+id+base64."""
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(ED25519 + key.public_bytes_raw()).decode()}"


def sign(head: TreeHead, *keys: Ed25519PrivateKey) -> str:
    """The whole note, signed under the origin as key name by each key; while a key changes there are two."""
    if not NAME.fullmatch(head.origin) or not keys:
        raise ValueError("an origin has no spaces and no plus, and somebody signs")
    text = head.text()
    return f"{text}\n" + "".join(signature_line(text, head.origin, key) for key in keys)


def signature_line(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """One line below the text: whose signature, and it."""
    signature = key_id(name, key.public_key()) + key.sign(text.encode())
    return f"— {name} {base64.b64encode(signature).decode()}\n"


def split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text and its signatures as (key name, key id and signature), unverified. Raises BadNote."""
    text, separator, below = note.rpartition("\n\n")
    if len(note) > MOST_BYTES or not separator or not below.endswith("\n"):
        raise BadNote("not a signed note")
    return text + "\n", [_signature(line) for line in below[:-1].split("\n")]


def parse(note: str) -> tuple[TreeHead, list[tuple[str, bytes]]]:
    """The head and its signatures, unverified. Raises BadNote."""
    text, signatures = split(note)
    lines = text.split("\n")
    if len(lines) < 4:
        raise BadNote("not a checkpoint")
    origin, size, root = lines[:3]
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", size) or not origin:
        raise BadNote("not a tree size")
    return TreeHead(origin, int(size), _decoded(root, 32)), signatures


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, signature = rest.partition(" ")
    if dash != "—" or not NAME.fullmatch(name):
        raise BadNote("not a signature line")
    return name, _decoded(signature, None)


def _decoded(text: str, length: int | None) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadNote("not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise BadNote("not the one spelling of these bytes")
    if length not in (None, len(decoded)):
        raise BadNote("a hash has 32 bytes")
    return decoded


def verify(note: str, keys: Iterable[Ed25519PublicKey]) -> TreeHead:
    """The head, when one of the keys signed it under the note's origin. Raises BadNote."""
    head, signatures = parse(note)
    text = note.rpartition("\n\n")[0] + "\n"
    if any(is_signed(text, head.origin, key, signatures) for key in keys):
        return head
    raise BadNote("none of the known keys signed this checkpoint")


def is_signed(text: str, name: str, key: Ed25519PublicKey, signatures: list[tuple[str, bytes]]) -> bool:
    """Whether one of the signatures is this key's, under that name."""
    wanted = key_id(name, key)
    for signer, signature in signatures:
        if signer == name and signature[:4] == wanted:
            try:
                key.verify(signature[4:], text.encode())
            except InvalidSignature:
                return False
            return True
    return False
