"""When a person wants no mail."""

from __future__ import annotations

from datetime import datetime, time

from django.db import transaction

from project.accounts.models import User, check_time_zone
from project.notices.models import QuietHours, Send
from project.notices.quiet import LONGEST, length
from project.problems import Invalid


def set_quiet_hours(
    begins: time | None, ends: time | None, time_zone: str, *, acting_user: User, now: datetime
) -> QuietHours | None:
    """Keep one's own quiet hours; without begin and end there are none. What waits follows at once. Raises Invalid."""
    if (begins is None) != (ends is None) or begins == ends is not None:
        raise Invalid("Quiet hours need a beginning and an end that differ. Leave both empty to have none.")
    if begins is not None and ends is not None and length(begins, ends) > LONGEST:
        raise Invalid(f"Quiet hours last at most {LONGEST.total_seconds() // 3600:.0f} hours.")
    check_time_zone(time_zone)
    with transaction.atomic(durable=True):
        quiet = None
        if begins is None or ends is None:
            QuietHours.objects.filter(person=acting_user).delete()
        else:
            values = {"begins": begins, "ends": ends, "time_zone": time_zone}
            quiet, _ = QuietHours.objects.update_or_create(person=acting_user, defaults=values)
        waiting = Send.objects.filter(
            notice__user=acting_user, channel=Send.Channel.EMAIL, state=Send.State.WAITING, urgent=False, error=""
        )
        waiting.update(next_at=(quiet.until(now) if quiet else None) or now)
    return quiet
