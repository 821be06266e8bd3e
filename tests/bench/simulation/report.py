"""The table and the picture, as the documentation shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from tests.bench.simulation.outcome import OURS, PLAIN, UNSPREAD, Outcome

BEGIN, END = "<!-- simulation -->", "<!-- /simulation -->"
HEAD: Final = (
    "heavy clips", "queue", "shifts with a limit passed", "Gini of heavy seconds",
    "heavy minutes a person, mean and most", "longest heavy run", "breaks kept", "clips wait, p95",
    "heavy ones wait, p95", "clips a full shift",
)  # fmt: skip
INK: Final = {OURS: "ours", UNSPREAD: "half", PLAIN: "plain"}
STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #24313a; } .soft { fill: #52636e; font-size: 12px; }
  .title { font-size: 15px; font-weight: 600; } .axis { stroke: #8a99a3; fill: none; }
  .even { stroke: #8a99a3; stroke-dasharray: 3 4; fill: none; }
  .ours { stroke: #0f766e; fill: #0f766e; } .half { stroke: #7c6f9f; fill: #7c6f9f; }
  .plain { stroke: #b4531f; fill: #b4531f; }
  path.line { fill: none; stroke-width: 2.5; } .back { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4ebef; } .soft { fill: #a9b8c1; } .axis, .even { stroke: #6b7b86; } .back { fill: #12191e; }
    .ours { stroke: #4fd1c5; fill: #4fd1c5; } .half { stroke: #b6a8dc; fill: #b6a8dc; }
    .plain { stroke: #f0a36b; fill: #f0a36b; }
  }
"""


def table(found: Sequence[Outcome]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(_cells(one)) + " |" for one in found]
    return "\n".join(lines)


def publish(found: Sequence[Outcome], docs: Path, *, people: int, days: int) -> None:
    """Rewrite what stands between the markers in wellbeing.md, and the picture beside it."""
    page = docs / "wellbeing.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{_section(found, people, days)}\n{END}{after}")
    (docs / "img").mkdir(exist_ok=True)
    (docs / "img" / "simulation.svg").write_text(picture(found))


def picture(found: Sequence[Outcome]) -> str:
    """How evenly heavy seconds lie on those who accept them, and in how many shifts a limit was passed."""
    share = _shown_share(found)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380" role="img" aria-labelledby="t d">',
        '<title id="t">Heavy seconds by person, and shifts in which a limit was passed</title>',
        f'<desc id="d">{escape(_in_words(found, share))}</desc>',
        f"<style>{STYLE}</style>",
        '<rect class="back" width="760" height="380" rx="8"/>',
        *_lorenz(found, share),
        *_bars(found),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _cells(one: Outcome) -> Iterator[str]:
    passed = one.breaches_in_shifts
    yield f"{one.heavy_share:.0%}"
    yield one.queue
    yield "0" if not one.breaches else f"{passed:,} of {one.shifts:,} ({passed / one.shifts:.0%})"
    yield f"{one.gini:.3f}"
    yield f"{one.heavy_minutes_mean:.0f}, {one.heavy_minutes_most:.0f}"
    yield f"{one.longest_run:.0f} min"
    yield f"{one.breaks_kept:.1%}"
    yield _age(one.age_p95)
    yield _age(one.heavy_age_p95)
    yield f"{one.clips_a_busy_shift:.0f}"


def _age(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _section(found: Sequence[Outcome], people: int, days: int) -> str:
    shifts = max(one.shifts for one in found)
    costs = [
        f"{1 - ours.clips_a_busy_shift / plain.clips_a_busy_shift:.0%} at {ours.heavy_share:.0%}"
        for ours in found
        for plain in found
        if ours.queue == OURS and plain.queue == PLAIN and ours.heavy_share == plain.heavy_share
    ]
    plain = [one for one in found if one.queue == PLAIN]
    kinds = sorted({limit for one in plain for limit in one.passed})
    return "\n".join([
        f"{people:,} people, {days} days, {shifts:,} shifts. Written by `make simulate`.", "",
        "![Heavy seconds by person, and shifts in which a limit was passed](img/simulation.svg)", "",
        table(found), "",
        f"What care costs in clips a full shift against the plain queue: {', '.join(costs)} heavy clips.",
        f"Limits that the plain queue passed: {', '.join(kinds)}.",
    ])  # fmt: skip


def _shown_share(found: Sequence[Outcome]) -> float:
    """The share of heavy clips whose people are drawn: the one with most queues compared."""
    shares = sorted({one.heavy_share for one in found})
    return max(shares, key=lambda share: sum(one.heavy_share == share for one in found))


def _in_words(found: Sequence[Outcome], share: float) -> str:
    said = [f"{one.queue}: Gini {one.gini:.2f} at {share:.0%} heavy" for one in found if one.heavy_share == share]
    said += [f"{one.queue} at {one.heavy_share:.0%}: {one.breaches_in_shifts} shifts" for one in found]
    return "; ".join(said)


def _lorenz(found: Sequence[Outcome], share: float) -> Iterator[str]:
    left, bottom, size = 60, 310, 240
    yield f'<text class="title" x="{left}" y="32">Who carries the heavy seconds</text>'
    yield f'<text class="soft" x="{left}" y="52">{share:.0%} heavy clips; the dashed line: everybody the same</text>'
    yield f'<path class="axis" d="M{left} {bottom - size}V{bottom}H{left + size}"/>'
    yield f'<path class="even" d="M{left} {bottom}L{left + size} {bottom - size}"/>'
    for place, one in enumerate(one for one in found if one.heavy_share == share):
        steps = len(one.curve) - 1
        points = (f"{left + size * n / steps:.1f} {bottom - size * y:.1f}" for n, y in enumerate(one.curve))
        yield f'<path class="line {INK[one.queue]}" d="M{"L".join(points)}"/>'
        at = bottom - size + 16 + 20 * place
        yield f'<rect class="{INK[one.queue]}" x="{left + 12}" y="{at - 9}" width="14" height="4"/>'
        yield f'<text x="{left + 32}" y="{at}">{escape(one.queue)}, Gini {one.gini:.2f}</text>'
    yield f'<text class="soft" x="{left}" y="{bottom + 20}">people, the least burdened first</text>'
    beside = left - 14
    yield f'<text class="soft" transform="rotate(-90 {beside} {bottom})" x="{beside}" y="{bottom}">share of it</text>'


def _bars(found: Sequence[Outcome]) -> Iterator[str]:
    left, top, width = 400, 90, 300
    yield f'<text class="title" x="{left}" y="32">Shifts in which a limit was passed</text>'
    yield f'<text class="soft" x="{left}" y="52">of all shifts, by share of heavy clips</text>'
    for place, one in enumerate(found):
        y, part = top + 34 * place, one.breaches_in_shifts / one.shifts
        long = max(2.0, 0.8 * width * part)
        yield f'<text class="soft" x="{left}" y="{y - 4}">{one.heavy_share:.0%} heavy, {escape(one.queue)}</text>'
        yield f'<rect class="{INK[one.queue]}" x="{left}" y="{y}" width="{long:.0f}" height="10"/>'
        label = "none" if not one.breaches else f"{part:.0%}"
        yield f'<text x="{left + long + 8:.0f}" y="{y + 10}">{label}</text>'
