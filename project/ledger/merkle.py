"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1): hashes, proofs and their verification (pure).

A subtree is complete when it has 2**level leaves; its `Position` is (level, index), counted from the left, leaves being
level 0. A ledger stores the hashes of complete subtrees only: any other hash of the tree folds from at most log2(n) of
them, so a root, an inclusion proof and a consistency proof each read O(log n) rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

Position = tuple[int, int]
Range = tuple[int, int]
"""Leaves [start, stop)."""
Read = Callable[[Iterable[Position]], Mapping[Position, bytes]]
"""Fetches the hashes of complete subtrees."""

EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def cover(leaves: Range) -> list[Position]:
    """The complete subtrees that make up a range of the RFC's recursion, from the left (larger ones first)."""
    start, stop = leaves
    positions = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        positions.append((level, start >> level))
        start += 1 << level
    return positions


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of a range from the hashes of its cover."""
    *rest, folded = hashes
    for left in reversed(rest):
        folded = node_hash(left, folded)
    return folded


def _split(size: int) -> int:
    """The largest power of two below `size` (2 or more)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """PATH(m, D[n]) of RFC 6962 section 2.1.1 as ranges of leaves, from the leaf up. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of that size")
    start, stop, ranges = 0, size, []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """PROOF(m, D[n]) of RFC 6962 section 2.1.2 as ranges; empty for 0 and for equal sizes. Raises ValueError."""
    if not 0 <= old <= new:
        raise ValueError("the old size is at most the new one")
    if old in (0, new):
        return []
    start, stop, ranges, whole = 0, new, [], True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, stop)]) + ranges[::-1]


def hashes_of(ranges: Sequence[Range], read: Read) -> list[bytes]:
    """The hash of each range; `read` is called once for all. Raises KeyError where a subtree is missing."""
    covers = [cover(leaves) for leaves in ranges]
    known = read({position for positions in covers for position in positions})
    return [fold([known[position] for position in positions]) for positions in covers]


def root_of(size: int, read: Read) -> bytes:
    return hashes_of([(0, size)], read)[0] if size else EMPTY_ROOT


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: its size and the hashes of cover((0, size))."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> Iterator[tuple[Position, bytes]]:
        """Add a leaf hash; yields the subtrees above leaf level that it completes, smallest first."""
        index, level, top = self.size, 0, leaf
        while index >> level & 1:
            top = node_hash(self.hashes.pop(), top)
            level += 1
            yield (level, index >> level), top
        self.hashes.append(top)
        self.size += 1

    def root(self) -> bytes:
        return fold(self.hashes) if self.hashes else EMPTY_ROOT


def root_from_inclusion(leaf: bytes, index: int, size: int, hashes: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2). Raises ValueError for a malformed proof."""
    if len(hashes) != len(inclusion_ranges(index, size)):
        raise ValueError("the proof has the wrong length for this place and size")
    node, last, root = index, size - 1, leaf
    for sibling in hashes:
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    return root


def includes(leaf: bytes, index: int, size: int, hashes: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf hash at `index` of the tree with this size and root."""
    try:
        return root_from_inclusion(leaf, index, size, hashes) == root
    except ValueError:
        return False


def extends(old: int, old_root: bytes, new: int, new_root: bytes, hashes: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree begins with the old one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new or len(hashes) != len(consistency_ranges(old, new)):
        return False
    if old == 0:
        return old_root == EMPTY_ROOT
    if old == new:
        return old_root == new_root
    whole = old & (old - 1) == 0
    return _roots_from_consistency(old, new, [old_root, *hashes] if whole else list(hashes)) == (old_root, new_root)


def _roots_from_consistency(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_root = new_root = path[0]
    for sibling in path[1:]:
        if node & 1 or node == last:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_root = node_hash(new_root, sibling)
        node, last = node >> 1, last >> 1
    return old_root, new_root
