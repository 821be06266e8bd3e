"""One row for each thing one person is told, with what became of it in the app and by mail."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from project.accounts.models import User
from project.notices.kinds import Kind, kind_of


class Notice(models.Model):
    class Mail(models.TextChoices):
        NONE = "none"
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="notices")
    code = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.NONE)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_next_at = models.DateTimeField(null=True)
    mail_error = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager[Notice]] = models.Manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notices_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notices_unread"),
            models.Index(fields=["mail_next_at"], condition=Q(mail="waiting"), name="notices_to_mail"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def kind(self) -> Kind:
        return kind_of(self.code)

    @property
    def url(self) -> str:
        """The page about it, or nothing where that page is gone."""
        try:
            return reverse(self.kind.url_name, args=[self.subject_id] if self.kind.with_id else [])
        except NoReverseMatch:
            return ""
