"""A case's timeline, and the sealed words that belong to it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from escalations.models.cases import Case, Report
from escalations.states import State


class CaseEvent(models.Model):
    """One thing that happened to a case. `actor` is None for what the clock did and for what a reporter did.

    `facts` holds tokens and numbers only. The ledger is the proof; this is what people read.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    from_state = models.CharField(max_length=20, choices=State.choices, blank=True, default="")
    to_state = models.CharField(max_length=20, choices=State.choices, blank=True, default="")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [models.Index(fields=["case", "at"], name="case_event_timeline")]

    def __str__(self) -> str:
        return self.kind

    @property
    def actor_label(self) -> str:
        """Who did it, as the case may show it: a reporter by pseudonym, the clock as Earshot."""
        if self.report is not None:
            return self.report.pseudonym
        return self.actor.display_name if self.actor else "Earshot"


class Note(models.Model):
    """Words that belong to a case, sealed under its key: facts, reasons, questions, answers, notes."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        FACTS = "facts", "Facts"
        REASON = "reason", "Reason"
        QUESTION = "question", "Question"
        ANSWER = "answer", "Answer of a reporter"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sealed_text = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.kind
