from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from project.ledger.actions.signing_keys import BOTH_SIGN_FOR, rotate
from project.ledger.checkpoint import BadNote
from project.ledger.signing_keys import published
from project.vault.errors import VaultError


class Command(BaseCommand):
    """Let a new key sign checkpoints and certificates. Old public keys stay published."""

    help = "Let a new key sign checkpoints and certificates from now on. Run it again after an interruption."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = rotate(now=timezone.now())
        except (VaultError, BadNote) as error:
            raise CommandError(str(error)) from error
        new, old = published()[:2]
        hours = int(BOTH_SIGN_FOR.total_seconds() // 3600)
        self.stdout.write(f"signing key {version} ({new.id}) signs from now on")
        self.stdout.write(f"signing key {old.version} ({old.id}) signs checkpoints beside it for {hours} hours,")
        self.stdout.write("then its private half is destroyed; its public half stays published.")
        self.stdout.write("Back up the key ring now, and hand the new public key to whoever keeps the old one:")
        self.stdout.write(new.pem)
