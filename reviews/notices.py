"""What people are told by this app. No kind has a place for content."""

from typing import Final

from project.notices.kinds import kind

ERASURE_OVERDUE: Final = kind(
    "erasure-overdue",
    "An erasure missed its deadline",
    "A clip that had to be destroyed by now is not. It stays out of everybody's reach and is tried again by itself; "
    "its page says what stands in the way.",
    "reviews:erasure-read",
    with_id=True,
)
