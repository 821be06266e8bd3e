"""What planning refuses, each with its status, code and words."""

from project.problems import Conflict, Invalid


class PlanOverlaps(Conflict):
    code = "plan-overlaps"
    title = "This person has a planned shift then, or too little rest before or after."


class PlanBegun(Conflict):
    code = "plan-begun"
    title = "This shift begins in a moment or has begun: it is the person's now."


class PlanCancelled(Conflict):
    code = "plan-cancelled"
    title = "This planned shift was cancelled."


class PlanUsed(Conflict):
    code = "plan-used"
    title = "This planned shift was started before."


class PlanNotNow(Conflict):
    code = "plan-not-now"
    title = "This planned shift cannot be started now."


class OnlyPlanned(Conflict):
    code = "only-planned"
    title = "Only planned shifts can be started here. Your supervisor plans them."


class NoSuchLocalTime(Invalid):
    code = "no-such-time"
    title = "The clock jumps over this time on that day."


class LocalTimeTwice(Invalid):
    code = "time-twice"
    title = "The clock shows this time twice on that day: say which is meant, first or second."
