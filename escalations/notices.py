"""What people are told about cases. No kind has a place for content, a name or a category."""

from __future__ import annotations

from project.notices.kinds import kind

CASE_REPORTED = kind(
    "case-reported",
    "A new case waits",
    "Please acknowledge it before its clock runs out.",
    "escalations:case",
    with_id=True,
    outside=True,
)
CASE_DANGER = kind(
    "case-danger",
    "A case reports danger to life now",
    "It must be acknowledged within 15 minutes and decided within the hour.",
    "escalations:case",
    with_id=True,
    urgent=True,
    outside=True,
)
CASE_FOLLOW_UP = kind(
    "case-follow-up", "A case has a new report", "Another report joined a case.", "escalations:case", with_id=True
)
CASE_MERGED_IN = kind(
    "case-merged-in",
    "A case has taken in another",
    "A duplicate was merged into this case, with its evidence and reports.",
    "escalations:case",
    with_id=True,
)
CASE_HANDED_OVER = kind(
    "case-handed-over",
    "A case was handed to your team",
    "Its clocks run on. Please look at it.",
    "escalations:case",
    with_id=True,
)
DUTY_PLANNED = kind(
    "on-call-planned",
    "You are on call",
    "A supervisor planned you for a time. The roster says when.",
    "escalations:on-call",
)
DUTY_CANCELLED = kind(
    "on-call-cancelled", "A time on call was cancelled", "The roster says what is left.", "escalations:on-call"
)
CASE_LATE = kind(
    "case-late",
    "A case is late",
    "A clock of this case was missed. It climbs until somebody answers it.",
    "escalations:case",
    with_id=True,
    outside=True,
)
CASE_REFERRED = kind(
    "case-referred", "A case was referred to legal", "It waits for a decision.", "escalations:case", with_id=True
)
CASE_QUESTION = kind(
    "case-question",
    "Legal needs to know more",
    "Legal asked a question about a case.",
    "escalations:case",
    with_id=True,
)
CASE_SECOND_LOOK = kind(
    "case-second-look",
    "An emergency act waits for its review",
    "One person acted in an emergency. A second must review it within 24 hours.",
    "escalations:case",
    with_id=True,
    outside=True,
)
CASE_OBJECTED = kind(
    "case-objected",
    "The review of an emergency act objected",
    "Please look at the case now.",
    "escalations:case",
    with_id=True,
    outside=True,
)
HOLD_REVIEW = kind(
    "hold-review",
    "A hold is due for review",
    "It stands until legal lifts it.",
    "escalations:case",
    with_id=True,
    outside=True,
)
CASE_RETIRES_SOON = kind(
    "case-retires-soon",
    "An ended case's time is nearly over",
    "Its evidence is erased on the day that its page names. Whoever still needs it places a hold or reviews its hold.",
    "escalations:case",
    with_id=True,
)
CASE_RETIRES_WAITS = kind(
    "case-retires-waits",
    "An ended case is kept beyond its time",
    "A hold of legal or an export keeps its evidence. It is erased when that ends.",
    "escalations:case",
    with_id=True,
)
CASE_RETIRED = kind(
    "case-retired",
    "An ended case's time is over",
    "Its evidence is being erased. The record of the case and the ledger stay.",
    "escalations:case",
    with_id=True,
)
REPORT_RECEIVED = kind(
    "report-received", "Your report was received", "Somebody will look at it soon. Thank you.", "escalations:reports"
)
REPORT_LOOKED_AT = kind(
    "report-looked-at", "Your report is being looked at", "You need not do anything.", "escalations:reports"
)
REPORT_QUESTION = kind(
    "report-question",
    "There is a question about your report",
    "If you remember more, you can add it without listening again.",
    "escalations:reports",
)
REPORT_DECIDED = kind(
    "report-decided", "Your report was decided on", "The people responsible have decided.", "escalations:reports"
)
REPORT_CLOSED = kind(
    "report-closed", "Your report is closed", "The people responsible have finished. Thank you.", "escalations:reports"
)
REPORTER_SHOWN = kind(
    "reporter-shown",
    "Two people learned that a report was yours",
    "Two people of legal agreed that they must know who made it. They may read your name for a day; nobody else may. "
    "It is written down that they did.",
    "escalations:reports",
)
EMERGENCY_LET_IN = kind(
    "emergency-let-in",
    "You may open a case for some minutes",
    "A second person agreed. It ends by itself.",
    "escalations:case",
    with_id=True,
)
EMERGENCY_ACCESS_BEGAN = kind(
    "emergency-access-began",
    "Legal opened a case of your team in an emergency",
    "Two of them agreed. It ends by itself within hours; why stands in the case.",
    "escalations:case",
    with_id=True,
)
EMERGENCY_ACCESS_ENDED = kind(
    "emergency-access-ended",
    "Legal's access to a case of your team has ended",
    "What was opened meanwhile stands in the case.",
    "escalations:case",
    with_id=True,
)
PROPOSAL_OVERTAKEN = kind(
    "case-proposal-overtaken",
    "What you proposed is void",
    "A merge of two cases overtook it. Where it is still needed, propose it again in the case that goes on.",
    "escalations:case",
    with_id=True,
)
COUNSEL_LET_IN = kind(
    "counsel-let-in",
    "A case was opened to you",
    "You may read it and hear its evidence until the day that its page names.",
    "escalations:case",
    with_id=True,
)
COUNSEL_ENDS_SOON = kind(
    "counsel-ends-soon",
    "Your access to a case ends soon",
    "Its page names the day. Ask your client's legal team if you need longer.",
    "escalations:case",
    with_id=True,
)
COUNSEL_ENDED = kind("counsel-ended", "Your access to a case has ended", "Thank you. You need not do anything.")
COUNSEL_IN_CASE_ENDS = kind(
    "counsel-in-case-ends",
    "Outside counsel's access to a case ends or has ended",
    "The case's page says when. If it is needed for longer, two of you let them in again.",
    "escalations:case",
    with_id=True,
)
EXPORT_READY = kind(
    "export-ready",
    "An export is ready to collect",
    "It can be downloaded once and is destroyed afterwards, or when its time is over.",
    "escalations:export",
    with_id=True,
)
EXPORT_WAITS = kind(
    "export-waits",
    "An export waits for the timestamp authority",
    "It is tried again by itself. Two people can decide to go on without a timestamp.",
    "escalations:export",
    with_id=True,
)
EXPORT_FAILED = kind(
    "export-failed",
    "An export failed",
    "Nothing was exported. Its page says why.",
    "escalations:export",
    with_id=True,
    outside=True,
)
