from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from project.accounts.models import ApiToken, Session
from project.accounts.twopeople import expire_proposals


@shared_task(name="accounts.expire_proposals")
def expire_open_proposals() -> None:
    expire_proposals(now=timezone.now())


@shared_task(name="accounts.delete_expired_tokens")
def delete_expired_tokens() -> None:
    ApiToken.objects.filter(expiry__lt=timezone.now()).delete()


@shared_task(name="accounts.clear_expired_sessions")
def clear_expired_sessions() -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
