"""A minute of chaos in a room; `make soak` is ten of them."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.faults.rooms_soak import TOLD


@pytest.mark.timeout(400)
def test_every_accepted_message_is_there_once_and_everybody_has_all_in_order() -> None:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        program = [sys.executable, "-m", "tests.faults.rooms_soak", folder, "60"]
        done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
        assert done.returncode == 0, done.stderr[-3000:]
        said = json.loads((Path(folder) / TOLD).read_text())
    assert min(said["faults"].values()) >= 1, said
    assert said["accepted"] == said["posted"] == said["stored"] > 0, said
    assert (said["accepted_not_stored"], said["stored_twice"], said["unanswered"]) == (0, 0, 0), said
    assert said["people_with_all_in_order"] == said["people"], said
