"""Tell people, and mark as read. The rows are the truth; mail and messages are copies without content."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction

from project.accounts.models import User
from project.notices.kinds import Kind
from project.notices.live import NOTICES, changed
from project.notices.models import Notice, QuietHours, Send
from project.nudge import nudge

GIVE_UP_AFTER: Final = timedelta(days=3)  # our own choice: a long weekend without a mail server


def tell(user: User, kind: Kind, *, now: datetime, about: models.Model | None = None, urgent: bool = False) -> Notice:
    """Write the notice and its sends in the caller's transaction. They go out after it commits, by worker or sweep.

    In the app it is there with the commit; by mail once the person's quiet hours are over, unless it is urgent (danger
    to life); to the organisation's addresses once, however many people are told the same at that moment.
    """
    notice = Notice.objects.create(
        user=user, code=kind.code, subject_id=str(about.pk) if about is not None else "", created_at=now
    )
    sends = [*_to_the_person(notice, urgent=urgent or kind.urgent), *_to_the_organisation(notice)]
    Send.objects.bulk_create(sends, ignore_conflicts=True)
    changed(NOTICES, user.pk)
    for send in sends:
        if send.state == Send.State.WAITING and send.next_at == now:
            _nudge(send)
    return notice


def _to_the_person(notice: Notice, *, urgent: bool) -> list[Send]:
    now = notice.created_at
    there = Send(
        notice=notice, channel=Send.Channel.IN_APP, state=Send.State.SENT, attempts=1, created_at=now, done_at=now
    )
    if not notice.kind.mail:
        return [there]
    mail = Send(
        notice=notice,
        channel=Send.Channel.EMAIL,
        urgent=urgent,
        state=Send.State.WAITING,
        created_at=now,
        next_at=now if urgent else after_quiet_hours(notice.user, now),
        give_up_at=now + GIVE_UP_AFTER,
    )
    return [there, mail]


def _to_the_organisation(notice: Notice) -> list[Send]:
    """`once` makes the database drop what somebody else's notice of the same matter and moment has already."""
    if not (notice.kind.outside and settings.APPRISE_URLS):
        return []
    now = notice.created_at
    matter = f"{notice.code} {notice.subject_id} {now.isoformat()}"
    return [
        Send(
            notice=notice,
            channel=Send.Channel.APPRISE,
            target=name,
            once=f"{matter} {name}",
            urgent=True,
            state=Send.State.WAITING,
            created_at=now,
            next_at=now,
            give_up_at=now + GIVE_UP_AFTER,
        )
        for name in settings.APPRISE_URLS
    ]


def after_quiet_hours(person: User, at: datetime) -> datetime:
    """That moment, or the end of the quiet hours in which it lies."""
    quiet = QuietHours.objects.filter(person=person).first()
    return (quiet.until(at) if quiet else None) or at


def _nudge(send: Send) -> None:
    from project.notices.tasks import deliver

    nudge(deliver, send.pk)


def mark_all_read(*, acting_user: User, now: datetime) -> int:
    with transaction.atomic(durable=True):
        read = Notice.objects.filter(user=acting_user, read_at=None).update(read_at=now)
        if read:
            changed(NOTICES, acting_user.pk)
    return read
