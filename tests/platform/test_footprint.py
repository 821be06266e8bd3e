"""What a web process does not carry: modules that weigh megabytes and that it has no use for."""

import os
import subprocess
import sys

from project.embedded.run import ROOT

LOAD = """
from project.embedded import programs
programs.load()
import project.serving
import sys
print(*sorted({"numpy", "soundfile", "scipy", "typst", "boto3", "rdflib", "pyshacl"} & sys.modules.keys()))
"""


def test_sound_and_reports_are_computed_elsewhere() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=ROOT, env=os.environ, capture_output=True, check=True, text=True
    )
    assert told.stdout.split() == []
