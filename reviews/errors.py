"""What reviews refuse, each with its status, code and words."""

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


class AlreadyReviewed(Conflict):
    code = "already-reviewed"
    title = "This was reviewed already. Nothing was changed."


class TooManyLeases(Conflict):
    code = "desk-full"
    title = "Your desk is full. Finish or release a clip first."
