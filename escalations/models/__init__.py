"""The rows of an escalation, one file per noun."""

from escalations.models.calendars import TeamCalendar
from escalations.models.cases import Case, CaseYear, Clock, Exhibit, Report, Rung, Tie
from escalations.models.counsel import CounselGrant
from escalations.models.custody import Opening
from escalations.models.disclosures import Disclosure
from escalations.models.duties import OnCallDuty
from escalations.models.emergency import EmergencyAccess
from escalations.models.events import CaseEvent, Note
from escalations.models.exports import Export
from escalations.models.holds import Hold
from escalations.models.unmaskings import ReporterUnmasking

__all__ = [
    "Case",
    "CaseEvent",
    "CaseYear",
    "Clock",
    "CounselGrant",
    "Disclosure",
    "EmergencyAccess",
    "Exhibit",
    "Export",
    "Hold",
    "Note",
    "OnCallDuty",
    "Opening",
    "Report",
    "ReporterUnmasking",
    "Rung",
    "TeamCalendar",
    "Tie",
]
