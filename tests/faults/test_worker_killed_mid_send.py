"""kill -9 of a real worker after the mail server took a mail and before the row says so: told, and sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.notices import REPORT_RECEIVED
from project.notices import tasks
from project.notices.actions.notices import tell
from project.notices.actions.sends import LEASE, deliver
from project.notices.models import Send
from project.nudge import nudge
from tests.faults.workers import kill, stands_still, wait_until, worker
from tests.notices.conftest import mails

__all__ = ["mails"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_its_outcome_is_said_to_be_unknown_and_it_goes_out_once_more(
    mails, broker, monkeypatch, tmp_path, client_of, reviewer, now
):
    monkeypatch.setenv("EMAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("EMAIL_PORT", str(mails.port))
    tell(reviewer, REPORT_RECEIVED, now=now)
    send = Send.objects.get(channel="email")
    broker.flushdb()
    nudge(tasks.deliver, send.pk)
    with worker(tmp_path, "message-taken") as process:
        wait_until(lambda: stands_still(tmp_path), process=process)
        kill(process)
    send.refresh_from_db()
    assert (len(mails.taken), send.state, send.attempts, send.error) == (1, "waiting", 1, "")
    assert send.next_at is not None
    assert "whether it arrived is not known yet" in client_of(reviewer).get(reverse("notices:notices")).content.decode()

    assert not deliver(send.pk, now=send.next_at - timedelta(seconds=1)), "the lease of the killed one still stands"
    assert deliver(send.pk, now=send.next_at)
    assert not deliver(send.pk, now=send.next_at + 2 * LEASE)
    send.refresh_from_db()
    assert (send.state, send.attempts, send.next_at) == ("sent", 2, None)
    assert len({mail["Message-ID"] for mail in mails.taken}) == 1, "a mail program shows the two as one"
    assert len(mails.taken) == 2
