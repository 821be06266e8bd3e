"""Texts that people acknowledge: published by an administrator, read and acknowledged by each person."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from project import ledger
from project.accounts import acknowledging
from project.accounts.models import Acknowledgement, HouseText, User
from project.ledger.events import Event
from project.problems import Absent, Invalid

LONGEST: Final = 20_000

# Shown and handed out with every text, whatever an organisation writes above it: no signature takes these away.
# Rights of this kind: EU directive 2019/1937 (reporting breaches), article 24 (they cannot be waived).
NEVER_FORBIDDEN: Final = """\
What nothing in this text forbids

- Reporting a crime, or what you believe to be one, to the police or another authority.
- Warning anybody when a life is in danger.
- Speaking to a regulator, a labour inspectorate or a data protection authority.
- Speaking to a lawyer, a union, a works council or another representative of yours.
- Seeking help: from a doctor, a counsellor, a crisis line, your family. You may say what the work does to you.

None of this needs anybody's permission, and nobody may hold it against you."""


def publish(slug: str, title: str, body: str, *, acting_user: User | None, now: datetime) -> HouseText:
    """A new version; everybody is asked again. Raises Invalid for an empty or an endless one."""
    title, body = title.strip(), body.strip()
    if not title or not body or len(title) > 120 or len(body) > LONGEST:
        raise Invalid(f"A title (up to 120 characters) and a text (up to {LONGEST:,}) are needed.")
    with transaction.atomic(durable=True):
        text = publish_inside(slug, title, body, acting_user=acting_user, now=now)
    acknowledging.forget()
    return text


def publish_inside(slug: str, title: str, body: str, *, acting_user: User | None, now: datetime) -> HouseText:
    """The same inside a caller's transaction. Two at once become two versions: the table is locked for writers."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_housetext IN SHARE ROW EXCLUSIVE MODE")
    newest = HouseText.objects.filter(slug=slug).aggregate(newest=Max("version"))["newest"] or 0
    text = HouseText.objects.create(
        slug=slug, version=newest + 1, title=title, body=body, published_at=now, published_by=acting_user
    )
    ledger.record(Event.TEXT_PUBLISHED, actor=acting_user, subject=text, now=now, version=text.version)
    return text


def acknowledge(text_id: UUID, *, acting_user: User, now: datetime) -> None:
    """Twice is once. Raises Absent for a text that isn't there."""
    with transaction.atomic(durable=True):
        text = HouseText.objects.filter(pk=text_id).first()
        if text is None:
            raise Absent
        _, is_new = Acknowledgement.objects.get_or_create(text=text, person=acting_user, defaults={"at": now})
        if is_new:
            ledger.record(Event.TEXT_ACKNOWLEDGED, actor=acting_user, subject=text, now=now, version=text.version)


def as_file(text: HouseText, acknowledged_at: datetime | None) -> str:
    """What the person takes away: the text as it stood, what it cannot forbid, and when they acknowledged it."""
    said = f"Acknowledged {acknowledged_at:%Y-%m-%d %H:%M} UTC" if acknowledged_at else "Not acknowledged"
    head = f"{text.title}\nVersion {text.version}, published {text.published_at:%Y-%m-%d}\n{said}"
    return f"{head}\n\n{text.body}\n\n{NEVER_FORBIDDEN}\n"
