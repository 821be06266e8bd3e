"""Files that were recordings: bits flipped, bytes cut, doubled, swapped, headers lying, one format in another."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.sound.recordings import WRITTEN_AS, recording

Mutation = Callable[[random.Random, bytearray, list[bytes]], bytearray]
EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x01\0\0\0")


def mutated(count: int, *, seed: int) -> Iterator[bytes]:
    """The same ones for the same seed."""
    chance = random.Random(seed)
    seeds = [recording(name, seconds=0.2, rate=rate) for name in WRITTEN_AS for rate in (8_000, 16_000)]
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 2, 8))):
            data = chance.choice(MUTATIONS)(chance, data, seeds)
        yield bytes(data)


def _somewhere(chance: random.Random, data: bytearray) -> int:
    """Half of all in the first 100 bytes: that is where formats promise."""
    return chance.randrange(min(len(data), 100) or 1) if chance.random() < 0.5 else chance.randrange(len(data) or 1)


def flip(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    if data:
        data[_somewhere(chance, data)] ^= 1 << chance.randrange(8)
    return data


def overwrite(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at = _somewhere(chance, data)
    data[at : at + 4] = chance.choice(EXTREMES)
    return data


def cut(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    return data[: _somewhere(chance, data)]


def drop(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at = _somewhere(chance, data)
    del data[at : at + chance.choice((1, 4, 64, 600))]
    return data


def double(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at = _somewhere(chance, data)
    data[at:at] = data[at : at + chance.choice((4, 64, 2_000))]
    return data


def noise(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    at = _somewhere(chance, data)
    data[at : at + 32] = chance.randbytes(32)
    return data


def append(chance: random.Random, data: bytearray, _: list[bytes]) -> bytearray:
    return data + chance.randbytes(chance.choice((1, 3, 200)))


def graft(chance: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    """The beginning of one and the end of another."""
    other = chance.choice(seeds)
    return data[: _somewhere(chance, data)] + other[chance.randrange(len(other)) :]


MUTATIONS: tuple[Mutation, ...] = (flip, flip, overwrite, cut, drop, double, noise, append, graft)
