"""A message as a searcher should see it, with the way back to the original positions.

Per character: compatibility forms are decomposed (Unicode NFKD: full-width, circled, mathematical letters and
digits), accents and enclosing marks go, so do invisible characters, joiners and direction marks (categories Cf and
Mn), digits of every script become 0-9, letters that look like Latin ones become those, and all is lower case.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

CYRILLIC = dict(zip("авеезікмнорсԁтухһѕјԛԝґӏ", "abee3ikmhopcdtyxhsjqwrl", strict=True))
GREEK = dict(zip("αβεζηικμνορτυχω", "abeznikuvoptuxw", strict=True))
LATIN = dict(zip("ıøłđħɡɩſ", "ioldhgis", strict=True)) | {"ß": "ss"}
DASHES = dict.fromkeys("‐‑‒–—―−⁃ーㄧ", "-")
DOTS = dict.fromkeys("·•∙⋅。٫․", ".")
SLASHES = dict.fromkeys("⁄∕╱", "/")
LOOK_ALIKES = str.maketrans(CYRILLIC | GREEK | LATIN | DASHES | DOTS | SLASHES)
INVISIBLE = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
DROPPED = frozenset({"Cf", "Mn", "Me", "Cs", "Co"})


@dataclass(frozen=True, slots=True)
class Shadow:
    """`text` is what is searched; `places[i]` is the position in the original of its character i (None: the same)."""

    text: str
    places: list[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that stands behind one of the shadow, invisible characters included."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def shadow_of(text: str) -> Shadow:
    """The shadow of `text`. ASCII is its own, but for the case."""
    if text.isascii():
        return Shadow(text.lower(), None)
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for letter in folded(char):
            letters.append(letter)
            places.append(place)
    return Shadow("".join(letters), places)


@lru_cache(maxsize=4096)
def folded(char: str) -> str:
    """One character as zero or more plain ones."""
    if char.isascii():
        return char.lower()
    if char in INVISIBLE or unicodedata.category(char) in DROPPED:
        return ""
    return "".join(plain(part) for part in unicodedata.normalize("NFKD", char))


def plain(part: str) -> str:
    """One part of a decomposed character: a digit as 0-9, a look-alike as its Latin letter, a mark as nothing."""
    if part in INVISIBLE or unicodedata.category(part) in DROPPED:
        return ""
    digit = unicodedata.digit(part, None)
    if digit is not None:
        return str(digit)
    if part.isspace():
        return " "
    return part.lower().translate(LOOK_ALIKES)
