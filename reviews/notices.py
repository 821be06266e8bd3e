"""What people are told by this app. No kind has a place for content."""

from typing import Final

from project.notices.kinds import kind

CLIP_RECALLED: Final = kind(
    "clip-recalled",
    "A clip was taken back from your desk",
    "It was needed elsewhere. This says nothing about you or your work, and what you had not heard counts nowhere.",
    "reviews:desk",
    mail=False,
)
ERASURE_OVERDUE: Final = kind(
    "erasure-overdue",
    "An erasure missed its deadline",
    "A clip that had to be destroyed by now is not. It stays out of everybody's reach and is tried again by itself; "
    "its page says what stands in the way.",
    "reviews:erasure-read",
    with_id=True,
    outside=True,
)
ERASURE_RUN_OVERDUE: Final = kind(
    "erasure-run-overdue",
    "A run of erasures is late",
    "Many clips were ordered at once and some of them are past their deadline. They are out of everybody's reach and "
    "the run goes on by itself; its page says how far it has come.",
    "reviews:erasures",
    outside=True,
)

PLAN_CHANGED: Final = kind(
    "shifts-planned",
    "Your planned shifts changed",
    "A shift of yours was planned, moved or cancelled. Your shifts' page shows what is planned now.",
    "reviews:shift",
    team=True,
)
