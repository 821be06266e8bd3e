"""What reviews refuse, each with its status, code and words."""

from typing import Final, Self

from project.problems import Conflict, Gone


class RefTaken(Conflict):
    code = "external-ref-taken"
    title = "This external reference belongs to a clip with other bytes."


class RefErased(Gone):
    code = "clip-erased"
    title = "The clip of this external reference was erased and is not taken again."


class NoShift(Conflict):
    code = "no-shift"
    title = "You are not on a shift."


class ShiftRunning(Conflict):
    code = "shift-running"
    title = "You are on a shift already."


class LeaseOver(Conflict):
    code = "lease-over"
    title = "This lease is over; the clip is no longer on your desk."

    @classmethod
    def of(cls, lease_state: str) -> Self:
        """With a kind word where a supervisor took the clip back: whoever had it did nothing wrong."""
        return cls(RECALLED, ended=lease_state) if lease_state == "recalled" else cls()


RECALLED: Final = (
    "This clip was needed elsewhere, so a supervisor took it back. It says nothing about you or your work, and it will "
    "not come to you again. What you had not heard counts nowhere."
)


class PaceForbids(Conflict):
    code = "pace-forbids"
    title = "Not now: this clip has not begun, and it is time for something gentler."


class AlreadyReviewed(Conflict):
    code = "already-reviewed"
    title = "This was reviewed already. Nothing was changed."


class TooManyLeases(Conflict):
    code = "desk-full"
    title = "Your desk is full. Finish or release a clip first."
