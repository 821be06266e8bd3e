"""The tree against RFC 6962's own vectors and against pymerkle, an independent implementation."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from project.ledger import merkle

# The certificate-transparency reference leaves and the roots of their first n (google/certificate-transparency).
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Grown:
    """A tree grown leaf by leaf, which keeps complete subtrees only, as the ledger does."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves, self.frontier, self.nodes = leaves, merkle.Frontier(), {}
        for index, leaf in enumerate(map(merkle.leaf_hash, leaves)):
            self.nodes[0, index] = leaf
            self.nodes.update(self.frontier.append(leaf))

    def read(self, positions):
        return {position: self.nodes[position] for position in positions}

    def root(self, size: int) -> bytes:
        return merkle.root_of(size, self.read)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return merkle.hashes_of(merkle.inclusion_ranges(index, size), self.read)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return merkle.hashes_of(merkle.consistency_ranges(old, new), self.read)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 spells it out."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


def independent(leaves: list[bytes]) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    return tree


leaves_of_a_tree = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size):
    assert Grown(LEAVES).root(size).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert merkle.Frontier().root() == merkle.root_of(0, dict) == sha256(b"").digest()


def test_inclusion_of_the_reference():
    path = [hash.hex() for hash in Grown(LEAVES).inclusion(5, 8)]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_consistency_of_the_reference():
    path = [hash.hex() for hash in Grown(LEAVES).consistency(6, 8)]
    assert path == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(leaves=leaves_of_a_tree)
def test_growing_gives_the_root_of_the_definition_at_every_size(leaves):
    grown = Grown(leaves)
    assert grown.frontier.root() == by_definition(leaves)
    assert all(grown.root(size) == by_definition(leaves[:size]) for size in range(len(leaves) + 1))


@given(leaves=leaves_of_a_tree, data=st.data())
def test_inclusion_agrees_with_the_independent_implementation(leaves, data):
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    grown, other = Grown(leaves), independent(leaves)
    path, root = grown.inclusion(index, size), grown.root(size)
    assert root == other.get_root(size)
    proof = other.prove_inclusion(index + 1, size)
    assert path == proof.path[1:]
    verify_inclusion(merkle.leaf_hash(leaves[index]), root, proof)
    assert merkle.includes(merkle.leaf_hash(leaves[index]), index, size, path, root)


@given(leaves=leaves_of_a_tree, data=st.data())
def test_consistency_agrees_with_the_independent_implementation(leaves, data):
    new = data.draw(st.integers(1, len(leaves)))
    old = data.draw(st.integers(1, new))
    grown, other = Grown(leaves), independent(leaves)
    path = grown.consistency(old, new)
    assert merkle.extends(old, grown.root(old), new, grown.root(new), path)
    verify_consistency(other.get_root(old), other.get_root(new), other.prove_consistency(old, new))


@given(leaves=st.lists(st.binary(max_size=4), min_size=2, max_size=40, unique=True), data=st.data())
def test_a_proof_for_anything_else_fails(leaves, data):
    size = data.draw(st.integers(2, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    grown = Grown(leaves)
    path, root, leaf = grown.inclusion(index, size), grown.root(size), merkle.leaf_hash(leaves[index])
    place = data.draw(st.integers(0, len(path) - 1))
    flipped = [hash if at != place else bytes([hash[0] ^ 1]) + hash[1:] for at, hash in enumerate(path)]
    assert not merkle.includes(leaf, index, size, flipped, root)
    assert not merkle.includes(leaf, index, size, path[:-1], root)
    assert not merkle.includes(leaf, index, size, [*path, root], root)
    assert not merkle.includes(merkle.leaf_hash(b"other leaf"), index, size, path, root)
    assert not merkle.includes(leaf, size, size, path, root)


@given(leaves=st.lists(st.binary(max_size=4), min_size=3, max_size=40, unique=True), data=st.data())
def test_a_rewritten_history_is_not_consistent(leaves, data):
    new = data.draw(st.integers(2, len(leaves)))
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    grown = Grown(leaves)
    rewritten = Grown([b"rewritten" if at == changed else leaf for at, leaf in enumerate(leaves)])
    path = rewritten.consistency(old, new)
    assert not merkle.extends(old, grown.root(old), new, rewritten.root(new), path)
    assert not merkle.extends(old, grown.root(old), new, grown.root(new), [*grown.consistency(old, new), b"x" * 32])


def test_proofs_read_a_logarithm_of_the_tree():
    size = 10_000_019
    positions = [position for leaves in merkle.inclusion_ranges(6_543_210, size) for position in merkle.cover(leaves)]
    assert len(positions) <= 2 * size.bit_length()
    assert all(index << level < size for level, index in positions)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_sizes_that_make_no_sense_are_refused(old, new):
    with pytest.raises(ValueError, match="old size"):
        merkle.consistency_ranges(old, new)
    assert not merkle.extends(old, b"", new, b"", [])
