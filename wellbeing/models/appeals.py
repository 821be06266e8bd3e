"""An author says that a removal was wrong, and a moderator who did not remove the message decides."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wellbeing.models.messages import Message


class Appeal(models.Model):
    """The author's words, sealed under the room's key and masked like a message; destroyed once it is decided.

    open -> upheld     the removal stands, the message's words are destroyed
       +--> restored   the message is back in its old place
    """

    class State(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        RESTORED = "restored"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="appeals")
    remover = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    sealed_text = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["message"], condition=Q(state="open"), name="wellbeing_appealed_once"),
            models.CheckConstraint(name="wellbeing_appeal_takes_another", condition=~Q(decided_by=F("remover"))),
            models.CheckConstraint(
                name="wellbeing_decided_appeal_keeps_no_text",
                condition=Q(state="open", sealed_text__isnull=False, decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="open") & Q(sealed_text__isnull=True, decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"appeal ({self.state})"
