"""Send what waits, once more what failed. Every attempt ends as an outcome on its row."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models, transaction
from prometheus_client import Counter as Metric

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.access import failing_sends_for
from project.notices.actions.notices import GIVE_UP_AFTER, after_quiet_hours
from project.notices.models import Send
from project.notices.outside import NoSuchAddress, hand_over
from project.nudge import nudge

log = structlog.get_logger(__name__)
outcomes = Metric("earshot_sends_total", "Attempts to send, by way and outcome.", ["channel", "outcome"])

LEASE: Final = timedelta(minutes=2)  # longer than any attempt takes
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
LONGEST_URGENT_WAIT: Final = timedelta(minutes=5)
IN_A_ROW: Final = 3  # so many failures of one way end a sweep's tries of it: the way is away, not the message


class AccountClosed(Exception):
    """Nobody is told any more."""


class NoMailServer(Exception):
    """None is set up (EMAIL_HOST): the person is told in the app alone, and the row says so."""


def deliver(send_id: UUID, *, now: datetime) -> bool:
    """Send one row. True when it was sent now.

    1. In its person's quiet hours: put it off to their end. 2. Claim it by moving its next attempt forward
    (compare-and-set): of two workers one goes on. 3. Send, outside any transaction. 4. Write what became of it.
    A worker killed between 3 and 4 sends it again after the lease: twice is better than never.
    """
    due = Send.objects.filter(pk=send_id, state=Send.State.WAITING, next_at__lte=now)
    send = due.select_related("notice__user").first()
    if send is None or _put_off(send, now):
        return False
    if not due.update(next_at=now + LEASE, attempts=models.F("attempts") + 1):
        return False
    if send.attempts and not send.error:  # nobody wrote what became of the attempt before: its worker was killed
        outcomes.labels(send.channel, "unknown").inc()
        log.warning("notices.outcome-unknown", channel=send.channel, attempts=send.attempts)
    send.attempts += 1
    try:
        _hand_over(send)
    except (AccountClosed, NoMailServer, NoSuchAddress) as gone:
        _end(send, Send.State.DROPPED, now, error=type(gone).__name__)
    except Exception as error:  # whatever a mail server or one of apprise's services comes up with
        _postpone(send, type(error).__name__, now)
    else:
        _end(send, Send.State.SENT, now)
        return True
    return False


def _put_off(send: Send, now: datetime) -> bool:
    """Is it quiet now? Asked again at each attempt: a retry may fall into the night, and hours may have changed."""
    if send.urgent or send.channel != Send.Channel.EMAIL:
        return False
    until = after_quiet_hours(send.notice.user, now)
    if until > now:
        Send.objects.filter(pk=send.pk, state=Send.State.WAITING, next_at=send.next_at).update(next_at=until)
    return until > now


def _hand_over(send: Send) -> None:
    if send.channel == Send.Channel.APPRISE:
        hand_over(send.target, subject_of(send), body_of(send))
        return
    person = send.notice.user
    if not person.is_active:
        raise AccountClosed
    if not settings.EMAIL_HOST:
        raise NoMailServer
    message = EmailMessage(
        subject_of(send),
        body_of(send),
        settings.DEFAULT_FROM_EMAIL,
        [person.email],
        headers={"Message-ID": f"<{send.pk}@earshot>"},  # the same at each attempt: a mail program shows it once
        connection=get_connection(),
    )
    message.send()


def subject_of(send: Send) -> str:
    return f"Earshot: {send.notice.kind.title}"


def body_of(send: Send) -> str:
    return f"{send.notice.kind.body}\n\nSign in to read more: {settings.SITE_URL}/notices/\n"


def _end(send: Send, state: Send.State, now: datetime, error: str = "") -> None:
    Send.objects.filter(pk=send.pk).update(state=state, next_at=None, done_at=now, error=error)
    outcomes.labels(send.channel, state.value).inc()


def _postpone(send: Send, error: str, now: datetime) -> None:
    """The class of the error alone: its words may quote an address, a server's answer or a secret."""
    outcomes.labels(send.channel, "failed").inc()
    over = send.give_up_at is not None and now >= send.give_up_at
    log.warning("notices.send-failed", channel=send.channel, attempts=send.attempts, error=error, gave_up=over)
    if over:
        Send.objects.filter(pk=send.pk).update(state=Send.State.FAILED, next_at=None, done_at=now, error=error[:60])
        return
    Send.objects.filter(pk=send.pk).update(next_at=now + wait_after(send.attempts, send.urgent), error=error[:60])


def wait_after(attempts: int, urgent: bool) -> timedelta:
    """Half a minute, doubled with each attempt, up to an hour; up to five minutes for what is urgent."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 12), LONGEST_URGENT_WAIT if urgent else LONGEST_WAIT)


def due_sends(*, now: datetime, limit: int = 200) -> list[Send]:
    """What may go out now: danger to life first, then what waits longest."""
    due = Send.objects.filter(state=Send.State.WAITING, next_at__lte=now)
    return list(due.order_by("-urgent", "next_at")[:limit])


def sweep(*, now: datetime) -> int:
    """Everything that is due. A way that fails several times in a row is left alone until the next sweep."""
    in_a_row: Counter[tuple[str, str]] = Counter()
    sent = 0
    for send in due_sends(now=now):
        way = (send.channel, send.target)
        if in_a_row[way] >= IN_A_ROW:
            continue
        if deliver(send.pk, now=now):
            sent, in_a_row[way] = sent + 1, 0
        elif Send.objects.filter(pk=send.pk, error__gt="").exists():
            in_a_row[way] += 1
    return sent


def retry(*, person_id: UUID | None, acting_user: User, now: datetime) -> int:
    """Try again now what did not get through, to one person or (None) to the organisation, as far as this person may.

    Returns how many; none for somebody whose sends are not theirs to see, as for somebody to whom all gets through.
    """
    from project.notices import tasks

    with transaction.atomic(durable=True):
        mine = failing_sends_for(acting_user, person_id)
        ids = list(mine.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        if not ids:
            return 0
        Send.objects.filter(pk__in=ids).update(
            state=Send.State.WAITING, next_at=now, done_at=None, give_up_at=now + GIVE_UP_AFTER
        )
        ledger.record(Event.SENDS_RETRIED, actor=acting_user, subject=acting_user, now=now, sends=len(ids))
        nudge(tasks.sweep)
    return len(ids)
