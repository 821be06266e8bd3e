from wellbeing.models.appeals import Appeal
from wellbeing.models.breaks import Break
from wellbeing.models.checkins import CheckIn, Instrument, Offer
from wellbeing.models.exposure import Heard, WorkingDay
from wellbeing.models.insights import Cohort, WeeklyFigure
from wellbeing.models.messages import Alert, Message, ModerationNote, Report, Restoration, RoomKey, Withdrawal
from wellbeing.models.policies import WellbeingPolicy
from wellbeing.models.preferences import WellbeingPreferences
from wellbeing.models.private_sessions import PrivateSession
from wellbeing.models.rooms import Duty, Membership, OpeningHours, Room, Unmasking
from wellbeing.models.shares import Reading, Share

__all__ = [
    "Alert",
    "Appeal",
    "Break",
    "CheckIn",
    "Cohort",
    "Duty",
    "Heard",
    "Instrument",
    "Membership",
    "Message",
    "ModerationNote",
    "Offer",
    "OpeningHours",
    "PrivateSession",
    "Reading",
    "Report",
    "Restoration",
    "Room",
    "RoomKey",
    "Share",
    "Unmasking",
    "WeeklyFigure",
    "WellbeingPolicy",
    "WellbeingPreferences",
    "Withdrawal",
    "WorkingDay",
]
