"""What is said in the demo's clips: ordinary commands, chatter nobody meant to record, and some that must go.

Card numbers are the networks' published test numbers, the IBAN is the one of the standard's own example.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reviews.demo.speech import Voice

VOICES: Final = {
    "en-US": (Voice("en-us", 165, 45), Voice("en-us+f3", 170, 60), Voice("en-us+m3", 150, 35)),
    "en-GB": (Voice("en", 160, 50), Voice("en+f2", 165, 62)),
    "de-DE": (Voice("de", 155, 45), Voice("de+f2", 160, 60)),
    "es-ES": (Voice("es", 165, 48), Voice("es+f4", 170, 58)),
    "ro-RO": (Voice("ro", 155, 46), Voice("ro+f3", 160, 60)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One clip to be: severity 0-3 as a classifier might guess it, whether a wake word began it."""

    locale: str
    text: str
    severity: int = 0
    categories: tuple[str, ...] = ()
    woken: bool = True
    has_transcript: bool = True
    priority: int = 0


_COMMANDS: Final = {
    "en-US": (
        "what's the weather going to be like tomorrow",
        "set a timer for twelve minutes",
        "add oat milk and tomatoes to the shopping list",
        "play something quiet for the evening",
        "turn the lights in the hallway down to thirty percent",
        "remind me to call the dentist on Thursday at nine",
        "how far is it from Boston to Portland",
        "stop",
        "what time does the pharmacy close tonight",
        "read me the news, but only the short version",
    ),
    "en-GB": (
        "put the kettle on my list of things to buy",
        "is the northern line running normally",
        "wake me at half past six",
        "what's sixteen stone in kilos",
    ),
    "de-DE": (
        "wie wird das Wetter am Wochenende",
        "stell den Wecker auf sieben Uhr",
        "spiel ruhige Musik",
        "was kostet ein Kilo Spargel",
    ),
    "es-ES": (
        "pon una alarma a las siete",
        "qué tiempo hará mañana",
        "apaga la luz de la cocina",
        "cuéntame un chiste",
    ),
    "ro-RO": ("cum va fi vremea mâine", "pornește muzica în bucătărie", "adaugă pâine pe lista de cumpărături"),
}

_CHATTER: Final = (
    Line("en-US", "no I told her the bus was late again and she just laughed", woken=False),
    Line("en-US", "can you hand me the other one, no, the blue one", woken=False, has_transcript=False),
    Line("en-GB", "so I said to him, that's not how you prune a rose", woken=False),
    Line("de-DE", "nein, das habe ich gestern schon gesagt", woken=False),
    Line("es-ES", "déjalo ahí, luego lo recojo", woken=False),
    Line("en-US", "I can't do this any more, I'm so tired of all of it", 2, ("other",), woken=False),
    Line("en-US", "get out. get out of my house now. I said get out", 2, ("threat",), woken=False, priority=2),
    Line("en-US", "please stop shouting, you are scaring the children", 3, ("violence",), woken=False, priority=4),
    Line("en-GB", "leave me alone, don't touch me, I'm calling the police", 3, ("violence",), woken=False, priority=4),
)

_CRITICAL: Final = (
    Line(
        "en-US",
        "my card number is four one one one, one one one one, one one one one, one one one one",
        1,
        ("payment_card",),
    ),
    Line(
        "en-US",
        "yes it's five five five five, five five five five, five five five five, four four four four",
        1,
        ("payment_card",),
    ),
    Line(
        "en-GB",
        "the account number is three one nine two six eight one nine, sort code six zero, one six, one three",
        1,
        ("bank_account",),
    ),
    Line(
        "de-DE",
        "die Kontonummer ist D E acht neun, drei sieben null vier, null null vier vier, null fünf drei zwei, "
        "null eins drei null, null null",
        1,
        ("bank_account",),
    ),
    Line("en-US", "you can reach me at two zero two, five five five, zero one four three", 1, ("phone",), woken=False),
    Line("en-US", "it's jamie dot example at example dot org", 1, ("email",), has_transcript=False),
)


def lines(copies: int = 3) -> Iterator[tuple[Line, Voice, int]]:
    """Every line in `copies` voices: what to say, in which voice, and a number that keeps the copies apart."""
    number = 0
    said = [Line(locale, text) for locale, texts in _COMMANDS.items() for text in texts]
    for copy in range(copies):
        for line in (*said, *_CHATTER, *_CRITICAL):
            voices = VOICES[line.locale]
            yield line, voices[(copy + number) % len(voices)], number
            number += 1
