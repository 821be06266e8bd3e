"""Names for members of a room, drawn at random: nothing about the person or their other rooms can be told from one."""

import secrets
from collections.abc import Container
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
FIRST: Final = (DATA / "pseudonyms_first.txt").read_text().split()
SECOND: Final = (DATA / "pseudonyms_second.txt").read_text().split()
TRIES: Final = 50


def draw_pseudonym(taken: Container[str]) -> str:
    """A name that is not in `taken`; once most are, one with a number."""
    for _ in range(TRIES):
        name = f"{secrets.choice(FIRST)} {secrets.choice(SECOND)}"
        if name not in taken:
            return name
    return f"{secrets.choice(FIRST)} {secrets.choice(SECOND)} {secrets.randbelow(900_000) + 100_000}"
