"""The clock of the simulation: whoever is next does their next thing."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace

from tests.bench.simulation.lines import Line
from tests.bench.simulation.ours import Desks, Listener
from tests.bench.simulation.outcome import OURS, PLAIN, Outcome, outcome
from tests.bench.simulation.plain import Plain
from tests.bench.simulation.world import Scale, World, make_world

Worker = Listener | Plain
BUSY: Scale = Scale(people=20, days=7, heavy=0.05)
BUSY_LOAD = 3.0  # more than anybody can do


def simulate(queue: str, scale: Scale) -> Outcome:
    """One queue on one world, and how much a person gets done in a shift in which the line never ends."""
    world = make_world(scale)
    line, workers = run(queue, world)
    left = [float(world.light_at[line.next_light])] if line.next_light < len(world.light_at) else []
    left += [heavy.arrived for heavy in line.left_heavies()]
    oldest = scale.days * 86_400 - min(left) if left else 0.0
    people = [(worker.person, worker.watched) for worker in workers]
    return outcome(queue, scale.heavy, people, line.waits, max(0.0, oldest), clips_a_busy_shift(queue, scale))


def run(queue: str, world: World) -> tuple[Line, list[Worker]]:
    line = Line(world, first_in_first_out=queue == PLAIN)
    workers = list(_workers(queue, world))
    due = [(0.0, number) for number in range(len(workers))]
    while due:
        now, number = heapq.heappop(due)
        again = workers[number].step(now, line)
        if again is not None:
            heapq.heappush(due, (max(again, now), number))
    for worker in workers:
        worker.watched.end()
    return line, workers


def clips_a_busy_shift(queue: str, scale: Scale) -> float:
    """Throughput: clips a shift with more waiting than anybody could do, at this share of heavy ones."""
    small = replace(BUSY, heavy=scale.heavy, seed=scale.seed)
    _, workers = run(queue, make_world(small, load=BUSY_LOAD))
    return sum(worker.watched.clips for worker in workers) / sum(worker.watched.shifts for worker in workers)


def _workers(queue: str, world: World) -> Iterator[Worker]:
    desks = Desks()
    for person in world.people:
        yield Plain(person) if queue == PLAIN else Listener(person, desks, spreads=queue == OURS)
