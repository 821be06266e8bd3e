"""Memory does not grow with the case: a thousand recordings are packed, reported and encrypted as a stream."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, resource, sys, time
import pyrage
from escalations.export.age import encrypted
from escalations.export.package import Package, Seals
from tests.escalations.export_facts import facts_of, signer

def peak():
    # Not getrusage: its maximum is inherited from the process that started this one.
    status = open("/proc/self/status").read()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024

facts, sound = facts_of(int(sys.argv[1]))
before, started = peak(), time.monotonic()
recipient = str(pyrage.x25519.Identity.generate().to_public())
size = sum(map(len, encrypted(Package(facts, sound, Seals(signer())).stream(), [recipient])))
print(json.dumps({
    "before": before, "self": peak(), "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    "seconds": round(time.monotonic() - started, 1), "bytes": size,
}))
"""


def measured(count: int) -> dict[str, float]:
    """Peaks in MB of the process that packs and of the one that sets the report."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(count)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.timeout(300)
def test_a_thousand_recordings_take_hardly_more_memory_than_ten(record_property):
    few, many = measured(10), measured(1000)
    record_property("memory", json.dumps(many))
    assert many["bytes"] > 10_000_000
    assert many["self"] - many["before"] < 60, many
    assert many["self"] + many["child"] < 300, many
    assert few["self"] <= many["self"]
