from wellbeing.models.breaks import Break
from wellbeing.models.checkins import CheckIn, Instrument, Offer, PersonalKey
from wellbeing.models.exposure import Heard, WorkingDay
from wellbeing.models.insights import WeeklyFigure
from wellbeing.models.policies import WellbeingPolicy
from wellbeing.models.preferences import WellbeingPreferences

__all__ = [
    "Break",
    "CheckIn",
    "Heard",
    "Instrument",
    "Offer",
    "PersonalKey",
    "WeeklyFigure",
    "WellbeingPolicy",
    "WellbeingPreferences",
    "WorkingDay",
]
