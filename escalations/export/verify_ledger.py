"""Checks of the ledger's part: the head is signed, and every entry quoted leads to it (RFC 9162 section 2.1.3)."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from escalations.export.archive import Archive, read
from escalations.export.verify_bag import Finding, Trust
from project.ledger import checkpoint, merkle

HEAD, KEY, PROOFS = "data/ledger/checkpoint.txt", "data/ledger/public-key.pem", "data/ledger/proofs.json"


def check_ledger(archive: Archive, trust: Trust) -> Iterator[Finding]:
    """Everything of the ledger in this export. One without any of it is an export of an instance not yet sealed."""
    if not read(archive, HEAD):
        headless = (path for path in (KEY, PROOFS) if read(archive, path))
        yield from (Finding(path, "is there without the ledger's head") for path in headless)
        return
    carried = public_key(read(archive, KEY))
    trusted = public_key(trust.ledger_key_pem) if trust.ledger_key_pem else None
    if carried is None:
        yield Finding(KEY, "is no Ed25519 key")
    elif trusted and trusted.public_bytes_raw() != carried.public_bytes_raw():
        yield Finding(KEY, "is not the ledger key that you trust")
    key = trusted or carried
    if key is None:
        return
    try:
        head = checkpoint.verify(read(archive, HEAD).decode("utf-8", "replace"), [key])
    except checkpoint.BadNote as error:
        yield Finding(HEAD, f"is not a head signed by the ledger: {error}")
        return
    yield from check_proofs(archive, head)


def public_key(pem: bytes) -> Ed25519PublicKey | None:
    """The ledger's key, or None."""
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def check_proofs(archive: Archive, head: checkpoint.TreeHead) -> Iterator[Finding]:
    """Each entry's way to the head, and that what is said of the entry is what it says itself."""
    try:
        proofs = json.loads(read(archive, PROOFS))["proofs"]
        for proof in proofs:
            yield from check_proof(proof, head)
    except (ValueError, KeyError, TypeError, binascii.Error):
        yield Finding(PROOFS, "is no list of proofs")


def check_proof(proof: dict[str, Any], head: checkpoint.TreeHead) -> Iterator[Finding]:
    """One entry. Where its words were withheld, its hash stands for it."""
    leaf_hash = b64decode(proof["leaf_hash"], validate=True)
    hashes = [b64decode(one, validate=True) for one in proof["hashes"]]
    if proof["tree_size"] != head.size or not merkle.includes(
        leaf_hash, proof["leaf_index"], head.size, hashes, head.root
    ):
        yield Finding(PROOFS, f"does not show that entry {proof['id']} is in the ledger")
    if proof["entry"] is None:
        return
    leaf = b64decode(proof["entry"], validate=True)
    entry = json.loads(leaf)
    if merkle.leaf_hash(leaf) != leaf_hash or (entry["id"], entry["event"]) != (proof["id"], proof["event"]):
        yield Finding(PROOFS, f"says something else of entry {proof['id']} than the entry itself")
