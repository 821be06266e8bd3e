"""The demo's clips: every line of the script spoken, encoded as a device would, and taken in like any other."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from project.accounts.models import User
from project.problems import Conflict, Gone
from reviews.actions.clips import Handed, ingest_clip
from reviews.demo.people import address
from reviews.demo.script import Line, lines
from reviews.demo.speech import ENCODINGS, Speaker, encoded, in_a_room
from reviews.states import Trigger

COPIES: Final = 2


def make_clips(copies: int = COPIES) -> int:
    """How many were taken in now. A clip that is there, or was erased since, is left as it is."""
    speaker, source = Speaker(), User.objects.get(email=address("ingest"))
    encodings = list(ENCODINGS)
    made = 0
    for line, voice, number in lines(copies):
        audio = encoded(in_a_room(speaker.say(line.text, voice), seed=number), encodings[number % len(encodings)])
        try:
            made += ingest_clip(audio, _handed(line, number), acting_user=source, now=timezone.now()).is_new
        except (Conflict, Gone):
            continue
    return made


def _handed(line: Line, number: int) -> Handed:
    return Handed(
        external_ref=f"demo-{number:04}",
        subject_ref=f"demo-household-{number % 17:02}",
        device=f"DEMO-SERIAL-{number % 23:05}",
        household=f"household {number % 17}",
        locale=line.locale,
        recorded_at=timezone.now() - timedelta(minutes=37 * (number + 1)),
        trigger=Trigger.WAKE_WORD if line.woken else Trigger.UNKNOWN,
        transcript=line.text if line.has_transcript else "",
        predicted_severity=line.severity,
        predicted_categories=list(line.categories),
        priority=line.priority,
    )
