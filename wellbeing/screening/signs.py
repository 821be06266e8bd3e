"""Signs of a crisis in a message, in English, Romanian and Spanish: word lists, nothing cleverer, and so they miss.

Yellow is hopelessness, red a plan, a method, a goodbye or danger now (after peer-support practice). "Just joking"
changes nothing. Only encouragement of self-harm and detailed methods are held; distress never is. Reviewers quote
what they heard, so every sign leads to a question: about me, a colleague, or a clip?
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent.parent / "data"
WORD: Final = r"\b"  # every line begins with it, so it is asked once for all lines, at the beginnings of words only
APOSTROPHES: Final = str.maketrans("’ʼ‘`´", "'" * 5)


def sections(text: str) -> dict[str, re.Pattern[str]]:
    """One pattern a [section] of a file of signs, which finds any of its lines."""
    found: dict[str, re.Pattern[str]] = {}
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if len(lines) > 1:
            found[lines[0].strip("[]")] = re.compile(
                rf"\b(?:{'|'.join(line.removeprefix(WORD) for line in lines[1:])})"
            )
    return found


SIGNS: Final = sections((DATA / "signs.txt").read_text())


@dataclass(frozen=True, slots=True)
class Signs:
    """`level` red, yellow or None; `hold` why it must wait for a moderator, or None; `quoted`: may be about a clip."""

    level: str | None
    hold: str | None
    quoted: bool


def read_signs(shadow: str) -> Signs:
    """The signs in a shadow; spaces, underscores and apostrophes are evened out first."""
    text = " ".join(shadow.translate(APOSTROPHES).replace("_", " ").split())
    hold = next((why for why in ("encouragement", "method") if SIGNS[why].search(text)), None)
    red = bool(SIGNS["red"].search(text)) or hold == "method"
    level = "red" if red else "yellow" if SIGNS["yellow"].search(text) else None
    return Signs(level, hold, bool(level and SIGNS["quoted"].search(text)))
