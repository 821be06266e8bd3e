"""Tell people, deliver by mail, mark as read. The row is the truth; the mail is a copy without content."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction

from project.accounts.models import User
from project.notices.kinds import Kind
from project.notices.live import NOTICES, changed
from project.notices.models import Notice
from project.nudge import nudge

log = structlog.get_logger(__name__)

MAIL_ATTEMPTS = 8
MAIL_LEASE = timedelta(minutes=2)


def tell(user: User, kind: Kind, *, now: datetime, about: models.Model | None = None) -> Notice:
    """Write the notice in the caller's transaction; mail is sent after it commits, by the worker or the sweep."""
    from project.notices.tasks import deliver

    mailed = kind.mail and bool(settings.EMAIL_HOST or settings.TESTING)
    notice = Notice.objects.create(
        user=user,
        code=kind.code,
        subject_id=str(about.pk) if about is not None else "",
        created_at=now,
        mail=Notice.Mail.WAITING if mailed else Notice.Mail.NONE,
        mail_next_at=now if mailed else None,
    )
    changed(NOTICES, user.pk)
    if mailed:
        nudge(deliver, notice.pk)
    return notice


def deliver_mail(notice_id: UUID, *, now: datetime) -> bool:
    """Send one notice by mail. True when it was sent now.

    1. Claim it by moving its next attempt forward (compare-and-set): of two workers one goes on.
    2. Send, outside any transaction. 3. Write what became of it.
    A worker killed between 2 and 3 sends the mail again after the lease: twice is better than never.
    """
    waiting = Notice.objects.filter(pk=notice_id, mail=Notice.Mail.WAITING, mail_next_at__lte=now)
    if not waiting.update(mail_next_at=now + MAIL_LEASE, mail_attempts=models.F("mail_attempts") + 1):
        return False
    notice = Notice.objects.select_related("user").get(pk=notice_id)
    try:
        send_mail(_subject(notice), _body(notice), settings.DEFAULT_FROM_EMAIL, [notice.user.email])
    except OSError as error:
        _postpone(notice, type(error).__name__, now)
        return False
    Notice.objects.filter(pk=notice_id).update(mail=Notice.Mail.SENT, mail_next_at=None, mail_error="")
    return True


def _postpone(notice: Notice, error: str, now: datetime) -> None:
    over = notice.mail_attempts >= MAIL_ATTEMPTS
    notice.mail = Notice.Mail.FAILED if over else Notice.Mail.WAITING
    notice.mail_next_at = None if over else now + timedelta(seconds=30 * 2**notice.mail_attempts)
    notice.mail_error = error[:60]
    notice.save(update_fields=["mail", "mail_next_at", "mail_error"])
    log.warning("notices.mail_failed", attempts=notice.mail_attempts, error=error, gave_up=over)


def _subject(notice: Notice) -> str:
    return f"Earshot: {notice.kind.title}"


def _body(notice: Notice) -> str:
    return f"{notice.kind.body}\n\nSign in to read more: {settings.SITE_URL}/notices/\n"


def mark_all_read(*, acting_user: User, now: datetime) -> int:
    with transaction.atomic(durable=True):
        read = Notice.objects.filter(user=acting_user, read_at=None).update(read_at=now)
        if read:
            changed(NOTICES, acting_user.pk)
    return read


def due_mail(*, now: datetime, limit: int = 200) -> list[UUID]:
    due = Notice.objects.filter(mail=Notice.Mail.WAITING, mail_next_at__lte=now)
    return list(due.order_by("mail_next_at").values_list("pk", flat=True)[:limit])
