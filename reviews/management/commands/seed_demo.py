"""`manage.py seed_demo`: demo people, synthesised clips and some weeks of history. Refused when DEMO is off."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from project.accounts.models import User
from reviews.demo import clips, history, on_call, people, rooms, shifts


class Command(BaseCommand):
    help = "Fill an empty database with a demo. Run again it finishes what was interrupted and changes nothing else."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("DEMO is off: demo accounts share one password and have no place here. Set DEMO=1.")
        if people.is_complete():
            self.stdout.write("The demo is there already.")
            return
        if User.objects.exclude(email__endswith=f"@{people.DOMAIN}").exists():
            raise CommandError("This database has accounts of its own. The demo goes into an empty one.")
        password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(12)
        people.make_people(password)
        self.stdout.write("People are there. Speaking the clips…")
        self.stdout.write(f"{clips.make_clips()} clips were sealed.")
        rooms.make_rooms()
        history.make_history()
        shifts.make_plans()
        on_call.make_roster(timezone.now())
        people.finish(password)
        if "DEMO_PASSWORD" not in os.environ:
            self.stdout.write(f"Every demo account has the password {password}")
