"""The simulation, small: twenty people, three days. Ours passes no limit and spreads evenly, a plain queue neither."""

from dataclasses import replace

import pytest

from tests.bench.simulation.lines import Line
from tests.bench.simulation.ours import Desks, Listener
from tests.bench.simulation.outcome import OURS, PLAIN, UNSPREAD, Outcome, gini, lorenz, percentile
from tests.bench.simulation.report import picture, publish, table
from tests.bench.simulation.run import run, simulate
from tests.bench.simulation.watch import Watched
from tests.bench.simulation.world import DAY, Scale, make_world

SMALL = Scale(people=20, days=3, heavy=0.05, all_off_together=True)


@pytest.fixture(scope="module")
def ours() -> Outcome:
    return simulate(OURS, SMALL)


@pytest.fixture(scope="module")
def plain() -> Outcome:
    return simulate(PLAIN, SMALL)


def test_ours_passes_no_limit_and_spreads_what_is_heavy(ours: Outcome) -> None:
    assert ours.passed == {}
    assert ours.breaches == 0
    assert ours.gini < 0.15
    assert ours.breaks_kept == 1
    assert ours.heavy_unasked == 0
    assert ours.shifts == 60
    assert ours.clips > 20_000  # it was about something


def test_a_plain_queue_passes_them_all_day_long(plain: Outcome) -> None:
    """The control: if this fails, the watcher is blind and the test above proves nothing."""
    assert plain.passed["break"] == plain.shifts
    assert {"heavy at the end", "heavy days running", "listening minutes"} <= plain.passed.keys()
    assert plain.heavy_unasked > 100
    assert plain.breaks_kept < 0.5


def test_without_the_spreading_rule_it_is_less_even(ours: Outcome) -> None:
    assert simulate(UNSPREAD, SMALL).gini > ours.gini


def test_it_is_the_same_every_time(ours: Outcome) -> None:
    assert simulate(OURS, SMALL) == ours


def test_telling_light_clips_together_is_telling_them_one_by_one() -> None:
    """The shortcut of the simulation against the desk's own way, on one shift of one person, without surprises."""
    world = make_world(Scale(people=1, days=1, heavy=0.02, all_off_together=True), load=2.0)
    world = replace(world, surprises=[], heavies=[])

    def a_shift(*, clip_by_clip: bool) -> Watched:
        listener = Listener(world.people[0], Desks(), clip_by_clip=clip_by_clip)
        line, now = Line(world), 0.0
        while now is not None and now < 2 * DAY:
            again = listener.step(now, line)
            if again is None:
                break
            now = again
        return listener.watched

    together, one_by_one = a_shift(clip_by_clip=False), a_shift(clip_by_clip=True)
    assert one_by_one.clips > 300
    assert abs(together.clips - one_by_one.clips) <= 2
    assert abs(together.work - one_by_one.work) < 120
    assert together.stretches == one_by_one.stretches
    assert together.passed == one_by_one.passed == {}


def test_everything_that_was_taken_was_in_the_line() -> None:
    world = make_world(SMALL)
    line, workers = run(OURS, world)
    taken = line.next_light + line.arrived_heavies - len(line.left_heavies())
    assert sum(worker.watched.clips for worker in workers) == taken


def test_the_watcher_sees_each_limit() -> None:
    """Clip by clip by hand, each limit passed once."""
    one = Watched()
    one.begin_shift(9 * 3600.0)
    one.done(0.0, 3000.0, 1, 10.0)
    one.given(3001.0, 1, accepts=True)
    one.done(3001.0, 3060.0, 3, 10.0)
    one.given(3061.0, 3, accepts=False)
    one.given(9 * 3600.0 - 60, 2, accepts=True)
    assert set(one.passed) == {"break", "cool-down", "a second gravest", "heavy at the end"}
    assert one.heavy_unasked == 1


def test_figures() -> None:
    assert gini([1, 1, 1, 1]) == pytest.approx(0)
    assert gini([0, 0, 0, 4]) == pytest.approx(0.75)
    assert lorenz([1, 1], 2) == [0, 0.5, 1]
    assert percentile({0: 94, 7: 6}, 0.95) == 7


def test_it_writes_its_table_and_picture(ours: Outcome, plain: Outcome, tmp_path: object) -> None:
    from pathlib import Path

    docs = Path(str(tmp_path))
    page = docs / "wellbeing.md"
    page.write_text("before\n<!-- simulation -->\nold\n<!-- /simulation -->\nafter\n")
    publish([ours, plain], docs, people=20, days=3)
    publish([ours, plain], docs, people=20, days=3)  # again: nothing doubled
    written = page.read_text()
    assert written.startswith("before\n<!-- simulation -->\n")
    assert written.endswith("<!-- /simulation -->\nafter\n")
    assert "old" not in written
    assert table([ours, plain]) in written
    drawn = (docs / "img" / "simulation.svg").read_text()
    assert drawn == picture([ours, plain])
    assert "prefers-color-scheme: dark" in drawn
