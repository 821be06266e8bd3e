"""One byte flipped in any file of 200 exports: `verify` names the file each time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from escalations.export.facts import Profile
from escalations.export.package import Seals
from escalations.export.signing import Signer
from escalations.export.stamp import request_timestamp
from escalations.export.verify import verify
from tests.escalations.export_facts import facts_of, signer, tar_of, unpacked
from tests.escalations.test_export_verify import ledger_of
from tests.escalations.tsa import authority

EXPORTS = 200


def made(number: int, key: Signer, url: str, folder: Path) -> Path:
    """An export unlike the others: each profile, one to three recordings, with and without proofs and a timestamp."""
    facts, sound = facts_of(1 + number % 3, list(Profile)[number % len(Profile)])
    facts = replace(facts, export_id=UUID(int=number + 1), organization=f"Voice {number} Ltd")
    if number % 2:
        facts = replace(facts, ledger=ledger_of(2 + number % 5))
    stamp = partial(request_timestamp, url) if number % 10 < 3 else None
    (folder / str(number)).mkdir()
    return unpacked(tar_of(facts, sound, Seals(key, stamp)), folder / str(number))


@pytest.fixture(scope="module")
def bags(tmp_path_factory) -> Iterator[list[Path]]:
    """All of them, unpacked. The report is set in a process of its own, so two threads keep two cores busy."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "ca").mkdir()
    key = signer()
    with authority(folder / "ca") as there, ThreadPoolExecutor(2) as threads:
        yield list(threads.map(lambda number: made(number, key, there.url, folder), range(EXPORTS)))


@pytest.mark.timeout(300)
def test_one_flipped_byte_in_any_file_of_200_exports_is_found_and_the_file_named(bags):
    """The file that was flipped least so far comes next, so that every kind of file is flipped often."""
    chance, hit, missed = random.Random(20261128), Counter(), []
    for bag in bags:
        assert verify(bag).findings == []
        files = sorted(path for path in bag.rglob("*") if path.is_file())
        path = min(files, key=lambda one: (hit[one.relative_to(bag)], chance.random()))
        name = path.relative_to(bag)
        hit[name] += 1
        content = bytearray(path.read_bytes())
        at = chance.randrange(len(content))
        content[at] ^= chance.randrange(1, 256)
        path.write_bytes(content)
        if name.as_posix() not in {finding.path for finding in verify(bag).findings}:
            missed.append((name.as_posix(), at))
    assert missed == []
    assert hit.total() == EXPORTS
    assert min(hit.values()) >= 3
