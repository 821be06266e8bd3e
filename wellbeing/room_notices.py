"""What moderators and members are told about rooms. No kind has a place for words of a message."""

from typing import Final

from project.notices.kinds import kind

ALERT_RAISED: Final = kind(
    "room-alert",
    "Somebody in a support room may need you",
    "You are on duty. Please look at the moderation queue now.",
    "wellbeing:moderation",
    urgent=True,
)
ALERT_AT_HALF_TIME: Final = kind(
    "room-alert-half-time",
    "An alert in a support room has nobody yet",
    "Half of its time is over and nobody has taken it. Please look at the moderation queue now.",
    "wellbeing:moderation",
    urgent=True,
)
PSEUDONYM_LIFTED: Final = kind(
    "pseudonym-lifted",
    "Your pseudonym in a support room was lifted",
    "Two moderators together asked to see who you are in one of your rooms, for one day. The ledger has their names. "
    "You may ask any moderator why.",
    "wellbeing:rooms",
)
MESSAGE_REMOVED: Final = kind(
    "room-message-removed",
    "A moderator removed a message of yours",
    "You can read why, and whether you may ask another moderator to look at it again. This is no disciplinary act.",
    "wellbeing:removed",
    with_id=True,
    mail=False,
)
APPEAL_UPHELD: Final = kind(
    "room-appeal-upheld",
    "A second moderator looked at your removed message",
    "They agree that it stays removed, and its words are destroyed now. You can talk to any of them about it.",
    "wellbeing:rooms",
    mail=False,
)
APPEAL_RESTORED: Final = kind(
    "room-appeal-restored",
    "A message of yours is back",
    "It is in its old place in the room. Thank you for asking.",
    "wellbeing:rooms",
    mail=False,
)
SESSION_ASKED: Final = kind(
    "session-asked",
    "Somebody would like to talk",
    "A private session was asked for. Please accept it in the moderation queue, or leave it to a colleague.",
    "wellbeing:moderation",
)
SESSION_WAITS: Final = kind(
    "session-waits",
    "Somebody still waits for a private session",
    "Nobody has accepted it for a quarter of an hour. Please look at the moderation queue now.",
    "wellbeing:moderation",
)
SESSION_ACCEPTED: Final = kind(
    "session-accepted",
    "Somebody is there for you",
    "Your private session is open. You find it under Rooms.",
    "wellbeing:rooms",
    mail=False,
)
SESSION_MOVED: Final = kind(
    "session-moved",
    "A private session goes on with a colleague",
    "The counsellor handed it over; the new one can read what was written. You find it under Rooms.",
    "wellbeing:rooms",
    mail=False,
)
MUTED_FOR_A_WHILE: Final = kind(
    "room-muted",
    "You are muted in a support room for a while",
    "A moderator muted you for a limited time. You can read, and the help page is there as always.",
    "wellbeing:rooms",
    mail=False,
)
