"""Names of skills. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from project.problems import Invalid

MOST_SKILLS: Final = 10  # each is a lane of the queue more to look at in every claim of that person
SKILL: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def checked(skills: Iterable[str]) -> list[str]:
    """Sorted, each once. Raises Invalid (400) for anything but a few short words of a-z, 0-9, - and _."""
    wanted = sorted(set(skills))
    if len(wanted) > MOST_SKILLS:
        raise Invalid(f"At most {MOST_SKILLS} skills.", field="skills")
    if not all(SKILL.fullmatch(skill) for skill in wanted):
        raise Invalid("A skill is a short word of a-z, 0-9, - and _.", field="skills")
    return wanted
