"""What a password may not be made of: the words of this house (OWASP ASVS 5.0, 6.2.11)."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

# Beside these: the organisation's name, the words of the address, and PASSWORD_WORDS.
OURS: Final = ("earshot", "listener", "listening", "recording", "password", "reviewer", "supervisor", "moderator")
SHORTEST_WORD: Final = 4
LEFT: Final = 8  # characters that have to be there besides such words


def words_of_this_house() -> frozenset[str]:
    said = " ".join([settings.ORGANIZATION, urlsplit(settings.SITE_URL).hostname or "", *settings.PASSWORD_WORDS])
    return frozenset(OURS) | {word for word in re.split(r"\W+", said.lower()) if len(word) >= SHORTEST_WORD}


def besides(password: str, words: frozenset[str]) -> str:
    """What is left of it without these words, the longest first."""
    left = password.lower()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left


class WordsOfThisHouse:
    def validate(self, password: str, user: Any = None) -> None:
        if len(besides(password, words_of_this_house())) < min(LEFT, len(password)):
            raise ValidationError("This is mostly a word that anybody here would guess.", code="house_word")

    def get_help_text(self) -> str:
        return "Your password can't be made of words that anybody here would guess, such as the name of this service."
