"""Keeps a handful of processes running and stops them in order."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from project.embedded.errors import CannotStart
from project.embedded.forked import Forked
from project.embedded.processes import end_of, wait_or_kill
from project.embedded.roster import Roster

RESTARTS = 5
WINDOW_SECONDS = 60.0


@dataclass
class Program:
    """One process to keep running: how to launch it, how to stop it and how long that may take."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes] | Forked]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    process: subprocess.Popen[bytes] | Forked | None = None
    deaths: list[float] = field(default_factory=list)


@dataclass
class Supervisor:
    """Programs in batches, in the order of their start; the last batch is stopped first."""

    roster: Roster
    say: Callable[[str], None]
    batches: list[list[Program]] = field(default_factory=list)

    def start(self, *programs: Program) -> None:
        """Launch a batch side by side and remember its processes on disk."""
        batch: list[Program] = []
        self.batches.append(batch)
        for program in programs:
            batch.append(program)
            program.process = program.launch()
        self._remember()

    def _running(self) -> list[Program]:
        return [program for batch in self.batches for program in batch if program.process is not None]

    def _remember(self) -> None:
        self.roster.write([program.process.pid for program in self._running() if program.process])

    def check(self) -> None:
        """Start again what has died; raises CannotStart when one dies again and again."""
        for program in self._running():
            if program.process and program.process.poll() is not None:
                self._revive(program, time.monotonic())

    def _revive(self, program: Program, now: float) -> None:
        program.deaths = [moment for moment in program.deaths if moment > now - WINDOW_SECONDS] + [now]
        if len(program.deaths) > RESTARTS:
            raise CannotStart(f"{program.name} keeps stopping. The end of {program.log}:\n{end_of(program.log)}")
        self.say(f"{program.name} stopped unexpectedly; starting it again (its log: {program.log})")
        time.sleep(0.5 * (len(program.deaths) - 1))
        program.process = program.launch()
        self._remember()

    def stop(self) -> None:
        """Stop the batches, last started first: all of a batch are asked at once, then waited for."""
        while self.batches:
            for program in self.batches[-1]:
                if program.process and program.process.poll() is None:
                    program.process.send_signal(program.stop_signal)
            for program in self.batches[-1]:
                if program.process:
                    wait_or_kill(program.process, program.patience)
            self.batches.pop()
        self.roster.path.unlink(missing_ok=True)
