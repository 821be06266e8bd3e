"""`make simulate`: a month of a thousand listeners under our rules and at a plain queue, into docs/wellbeing.md.

Deterministic: the same seed makes the same world and the same figures. Nothing here is asserted as a time.

    python -m tests.bench.shift_simulation [--people 1000] [--days 30] [--shares 0.01,0.05,0.2] [--docs docs]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from tests.bench.simulation.outcome import OURS, PLAIN, UNSPREAD, Outcome
from tests.bench.simulation.report import publish, table
from tests.bench.simulation.run import simulate
from tests.bench.simulation.world import Scale

SHARES: Final = (0.01, 0.05, 0.20)
COMPARED_WITHOUT_SPREADING: Final = 0.05


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    shares = tuple(float(share) for share in options.shares.split(","))
    wanted = [
        (queue, Scale(options.people, options.days, share))
        for share in shares
        for queue in (OURS, PLAIN, UNSPREAD)
        if queue != UNSPREAD or share == COMPARED_WITHOUT_SPREADING
    ]
    order = [OURS, UNSPREAD, PLAIN]
    found = sorted(_run_all(wanted, options.jobs), key=lambda one: (one.heavy_share, order.index(one.queue)))
    if options.json:
        Path(options.json).write_text(json.dumps([one.as_json() for one in found], indent=1))
    print(table(found))  # the command's answer
    if options.docs:
        publish(found, Path(options.docs), people=options.people, days=options.days)
    return int(any(one.breaches for one in found if one.queue == OURS))


def _run_all(wanted: list[tuple[str, Scale]], jobs: int) -> Iterator[Outcome]:
    """The longest first, so that none is left alone at the end."""
    longest_first = sorted(wanted, key=lambda one: (one[0] == PLAIN, -one[1].heavy))
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(simulate, *one): one for one in longest_first}
        for done in as_completed(running):
            queue, scale = running[done]
            print(f"{queue}, {scale.heavy:.0%} heavy: done", file=sys.stderr)  # progress
            yield done.result()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--shares", default=",".join(map(str, SHARES)))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--docs", default="", help="the folder whose wellbeing.md and img/simulation.svg are rewritten")
    parser.add_argument("--json", default="")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
