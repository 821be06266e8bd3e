"""A conversation of one person with one counsellor, in a room that nobody else enters."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wellbeing.models.rooms import Room


class PrivateSession(models.Model):
    """Asked for in one click, waits in the moderators' queue, accepted by one of them, ended by either.

        waiting -> open (-> open, with a colleague) -> ended
           +-------------------------------------------^

    The row is deleted with the room's last message, 90 days after the end: that somebody asked is nobody's business.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        OPEN = "open"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="private_sessions")
    counsellor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="counselled")
    room = models.OneToOneField(Room, models.PROTECT, null=True, related_name="private_session")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    requested_at = models.DateTimeField()
    remind_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["requested_at"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=~Q(state="ended"), name="wellbeing_one_session_each"),
            models.CheckConstraint(name="wellbeing_never_with_oneself", condition=~Q(person=F("counsellor"))),
            models.CheckConstraint(
                name="wellbeing_open_session_has_counsellor",
                condition=~Q(state="open") | Q(counsellor__isnull=False, room__isnull=False, accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="wellbeing_ended_session_says_when",
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["remind_at"], condition=Q(state="waiting"), name="wellbeing_waiting_sessions"),
        ]

    def __str__(self) -> str:
        return f"private session ({self.state})"
