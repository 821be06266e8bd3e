"""Every verb of the path by its name: what pages and API call."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from escalations.actions.merging import merge
from escalations.actions.moves import Words, act
from escalations.models import Case
from project.accounts.models import User


def perform(case_id: UUID, verb: str, words: Words, *, acting_user: User, now: datetime) -> Case:
    """Make one move of the path on a case; `merge` alone concerns two. Raises what the act raises."""
    if verb == "merge":
        return merge(case_id, words, acting_user=acting_user, now=now)
    return act(case_id, verb, words, acting_user=acting_user, now=now)
