from __future__ import annotations

from typing import Final

from project.notices.kinds import kind

CHECK_IN_OFFERED: Final = kind(
    "check-in-offered",
    "A check-in, if you like",
    "You may look at how you are, for a minute, for yourself. Not answering is fine, and nobody is told either way.",
    "wellbeing:check-ins",
    mail=False,
)
CHECK_INS_SHARED: Final = kind(
    "check-ins-shared",
    "Somebody shares their check-ins with you",
    "They chose you as their counsellor. You find them under Moderation; they see when you have read.",
    "wellbeing:shared",
    mail=False,
)
