"""What a run came to, in the few figures that are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from tests.bench.simulation.watch import Watched
from tests.bench.simulation.world import Person

OURS, UNSPREAD, PLAIN = "ours", "ours without spreading", "first in, first out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`passed`: by limit, the shifts in which it was passed. Minutes where not said otherwise; shares from 0 to 1."""

    queue: str
    heavy_share: float
    shifts: int
    clips: int
    breaches: int
    breaches_in_shifts: int
    passed: dict[str, int]
    gini: float
    heavy_minutes_mean: float
    heavy_minutes_most: float
    heavy_unasked: int
    longest_run: float
    breaks_kept: float
    age_p95: float
    heavy_age_p95: float
    oldest_left_hours: float
    clips_a_busy_shift: float
    curve: list[float]  # heavy seconds of those who accept them, lightest first: Lorenz curve at every tenth

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def outcome(
    queue: str, heavy_share: float, people: Sequence[tuple[Person, Watched]], waits: dict[str, dict[int, int]],
    oldest_left: float, busy: float,
) -> Outcome:  # fmt: skip
    watched = [one for _, one in people]
    heard = [one.heavy_heard for person, one in people if person.accepts_heavy]
    passed: dict[str, int] = {}
    for one in watched:
        for limit, count in one.passed.items():
            passed[limit] = passed.get(limit, 0) + count
    everything = {kind: _merged(waits.values()) if kind == "all" else waits["heavy"] for kind in ("all", "heavy")}
    return Outcome(
        queue=queue,
        heavy_share=heavy_share,
        shifts=sum(one.shifts for one in watched),
        clips=sum(one.clips for one in watched),
        breaches=sum(passed.values()),
        breaches_in_shifts=sum(one.shifts_with_breach for one in watched),
        passed=dict(sorted(passed.items())),
        gini=gini(heard),
        heavy_minutes_mean=sum(heard) / len(heard) / 60,
        heavy_minutes_most=max(heard) / 60,
        heavy_unasked=sum(one.heavy_unasked for one in watched),
        longest_run=max(one.longest_run for one in watched) / 60,
        breaks_kept=sum(one.stretches_kept for one in watched) / max(1, sum(one.stretches for one in watched)),
        age_p95=percentile(everything["all"], 0.95),
        heavy_age_p95=percentile(everything["heavy"], 0.95),
        oldest_left_hours=oldest_left / 3600,
        clips_a_busy_shift=busy,
        curve=lorenz(heard),
    )


def gini(amounts: Sequence[float]) -> float:
    """0: everybody the same; 1: one person everything. Half the mean difference of two people, over the mean."""
    ordered, total = sorted(amounts), sum(amounts)
    if not total:
        return 0.0
    count = len(ordered)
    weighted = sum(place * amount for place, amount in enumerate(ordered, start=1))
    return 2 * weighted / (count * total) - (count + 1) / count


def lorenz(amounts: Sequence[float], steps: int = 10) -> list[float]:
    """What share of all the lightest tenth carries, the lightest two tenths, and so on."""
    ordered, total = sorted(amounts), sum(amounts) or 1.0
    return [sum(ordered[: round(len(ordered) * step / steps)]) / total for step in range(steps + 1)]


def percentile(counts: dict[int, int], share: float) -> float:
    """Of a histogram by whole minutes: the minute within which that share lies."""
    wanted, seen = share * sum(counts.values()), 0
    for minute in sorted(counts):
        seen += counts[minute]
        if seen >= wanted:
            return float(minute)
    return 0.0


def _merged(histograms: Iterable[dict[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for histogram in histograms:
        for minute, count in histogram.items():
            found[minute] = found.get(minute, 0) + count
    return found
