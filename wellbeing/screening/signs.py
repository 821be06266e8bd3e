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
APOSTROPHES: Final = str.maketrans("’ʼ‘`´", "'" * 5)
WORD: Final = r"\b"  # every line begins with it, so it is asked once for all lines, at the beginnings of words only
GROUP: Final = re.compile(
    r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)[?*+]?|\[[^\]]*\][?*+]?|\\\w[?*+]?|\w[?*]|\.\{[^}]*\}"
)
SHORTEST_KEY: Final = 3


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of one kind of sign: those with letters that every match must have, and the rest as one pattern."""

    keyed: tuple[tuple[str, re.Pattern[str]], ...]
    rest: re.Pattern[str] | None

    def found_in(self, text: str) -> bool:
        """Whether any line matches. A line is only tried when its letters are there: most messages have none."""
        if any(key in text and pattern.search(text) for key, pattern in self.keyed):
            return True
        return bool(self.rest and self.rest.search(text))


def key_of(line: str) -> str:
    """The longest run of letters and spaces that every match of this line has; '' when there is none of use."""
    runs = re.split(r"\x00|[^a-z ]", GROUP.sub("\x00", line))
    longest = max(runs, key=len).strip() if runs else ""
    return longest if len(longest) >= SHORTEST_KEY and "|" not in GROUP.sub("", line) else ""


def section_of(lines: list[str]) -> Section:
    """The section of these lines."""
    keys = {line: key_of(line) for line in lines}
    rest = "|".join(line.removeprefix(WORD) for line in lines if not keys[line])
    keyed = tuple((key, re.compile(line)) for line, key in keys.items() if key)
    return Section(keyed, re.compile(rf"{WORD}(?:{rest})") if rest else None)


def sections(text: str) -> dict[str, Section]:
    """The [sections] of a file of signs."""
    blocks = ([line for line in block.splitlines() if not line.startswith("#")] for block in text.split("\n\n"))
    return {lines[0].strip("[]"): section_of(lines[1:]) for lines in blocks if len(lines) > 1}


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
    hold = next((why for why in ("encouragement", "method") if SIGNS[why].found_in(text)), None)
    red = SIGNS["red"].found_in(text) or hold == "method"
    level = "red" if red else "yellow" if SIGNS["yellow"].found_in(text) else None
    return Signs(level, hold, bool(level) and SIGNS["quoted"].found_in(text))
