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
)
