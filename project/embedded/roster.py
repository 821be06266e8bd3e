"""Which processes an instance started, on disk, so that the next start can end what a crash left behind."""

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from project.embedded.instance import write_private
from project.embedded.processes import birth_of


@dataclass(frozen=True)
class Roster:
    """A file of process numbers with their births; a number alone could by now be somebody else's."""

    path: Path

    def write(self, numbers: list[int]) -> None:
        """Remember these processes."""
        write_private(self.path, json.dumps({str(number): birth_of(number) for number in numbers}))

    def survivors(self) -> list[int]:
        """Those that still run, each proved to be the same process by its birth."""
        if not self.path.exists():
            return []
        try:
            remembered: dict[str, str] = json.loads(self.path.read_text())
        except ValueError:
            return []
        return [int(number) for number, birth in remembered.items() if birth and birth_of(int(number)) == birth]

    def reap(self, patience: float = 15.0) -> int:
        """End the survivors of a crash: ask, wait, kill. Returns how many there were."""
        found = self.survivors()
        _signal(found, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while self.survivors() and time.monotonic() < deadline:
            if time.monotonic() > deadline - patience + 2:  # smart shutdown of PostgreSQL waits for its clients
                _signal(self.survivors(), signal.SIGINT)
            time.sleep(0.1)
        _signal(self.survivors(), signal.SIGKILL)
        self.path.unlink(missing_ok=True)
        return len(found)


def _signal(numbers: list[int], which: signal.Signals) -> None:
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            if which is signal.SIGKILL:
                os.killpg(number, which)
            else:
                os.kill(number, which)
