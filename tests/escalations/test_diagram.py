"""The docs show the path that the code walks."""

from pathlib import Path

from escalations import sla
from escalations.states import PATH, ClockKind, Tier, diagram

DOCS = Path(__file__).resolve().parents[2] / "docs" / "escalation.md"


def test_the_docs_carry_the_diagram_of_the_path():
    assert diagram() in DOCS.read_text()


def test_the_diagram_has_every_edge():
    edges = [(source, move) for move in PATH if move.target for source in move.sources]
    drawn = [line for line in diagram().splitlines() if ":" in line]
    assert len(drawn) == len(edges)


def test_the_docs_name_every_clock():
    text = DOCS.read_text()
    assert all(f"| {kind.value} |" in text for kind in ClockKind)
    assert sla.SPANS[Tier.T0][ClockKind.DECIDE].total_seconds() == 3600
