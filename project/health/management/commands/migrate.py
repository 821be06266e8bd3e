"""Django's migrate, except that the key store gets only its own app's migrations.

The router keeps every other table out of it anyway; walking through all their migrations there would take as
long as in the main database and do nothing.
"""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

KEY_STORE, ITS_APP = "keys", "vault"


class Command(Migrate):
    """`manage.py migrate --database keys` means the app `vault`."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == KEY_STORE and not options["app_label"]:
            options |= {"app_label": ITS_APP, "run_syncdb": False}
        super().handle(*args, **options)
