"""What kinds of material a person can leave out: the categories that a clip can be predicted to hold.

Named here because this app knows nothing of the clips' own; a test holds both lists together.
"""

from __future__ import annotations

from typing import Final

GRAVE: Final = (
    ("violence", "Violence"),
    ("sexual_violence", "Sexual violence"),
    ("child", "A child in danger"),
    ("threat", "Threats"),
    ("other", "Other grave things"),
)
PERSONAL_DATA: Final = ("address", "bank_account", "credential", "email", "payment_card", "phone")
ALL: Final = sorted({name for name, _ in GRAVE} | set(PERSONAL_DATA))
CHOICES: Final = [(name, name) for name in ALL]
