"""`manage.py issue_token EMAIL [--scope S]` prints one new API token, and nothing else."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from project import ledger
from project.accounts.access import SCOPES
from project.accounts.models import User
from project.accounts.tokens import issue_token
from project.ledger.events import Event


class Command(BaseCommand):
    help = "Issue an API token for an account. It is printed once and kept only as a digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--scope", default="", choices=["", *SCOPES], help="without it: all that the role allows")

    def handle(self, *args: Any, email: str, scope: str, **options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with that address. Make one in the admin first.")
        with transaction.atomic():
            token = issue_token(user, scope=scope)
            ledger.record(Event.TOKEN_ISSUED, actor=None, subject=user, now=timezone.now(), scope=scope or "all")
        self.stdout.write(token)
