"""`manage.py verify_certificate FILE --key PEM`: check a certificate of erasure offline, with the public key alone.

With --key nothing of the installation is read: no settings, no database, no key ring (manage.py sees to that).
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management.base import BaseCommand, CommandError

from project.ledger.keeping import CannotRead, keys_in, text_in
from reviews.certificates import MAX_FILE_BYTES, CertificateInvalid, Verdict, verify


class Command(BaseCommand):
    """Exit code 0 when everything in the file holds, 1 with the reason when something does not."""

    help = "Check a certificate of erasure: its signature and, where the file has one, its proof in the ledger."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, and which public key to trust."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the certificate as it was downloaded (JSON)")
        parser.add_argument(
            "--key", type=Path, help="public key to trust: PEM, one or several; without it, those of this installation"
        )
        parser.add_argument("--require-proof", action="store_true", help="refuse a file without a ledger proof")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read both files, bounded; say what holds."""
        try:
            keys = keys_in(options["key"]) if options["key"] else _own_keys()
            verdict = verify(_read_json(options["file"]), keys)
        except CannotRead as error:
            raise CommandError(str(error)) from None
        except CertificateInvalid as error:
            raise CommandError(f"does not hold: {error}") from None
        if options["require_proof"] and not verdict.is_proved:
            raise CommandError("does not hold: the file has no proof from the ledger")
        self.stdout.write(_in_words(verdict))


def _own_keys() -> Sequence[Ed25519PublicKey]:
    from project.ledger.signing_keys import known_keys

    return known_keys()


def _in_words(verdict: Verdict) -> str:
    lines = [
        f"clip        {verdict.clip_id}",
        f"erasure     {verdict.erasure_id}",
        f"stage       {verdict.stage}",
        f"issued      {verdict.issued_at}",
        f"digest      SHA-256 {verdict.body_sha256}",
        "signature   holds",
    ]
    if verdict.is_proved:
        lines.append(f"ledger      holds: entry {verdict.leaf_index} in the signed tree of {verdict.tree_size}")
    else:
        lines.append("ledger      not in this file; download it again once the ledger has sealed the entry")
    return "\n".join(lines)


def _read_json(path: Path) -> dict[str, Any]:
    """Raises CannotRead, CommandError."""
    try:
        parsed = json.loads(text_in(path, MAX_FILE_BYTES))
    except (ValueError, RecursionError):
        raise CommandError("does not hold: this is not JSON") from None
    if not isinstance(parsed, dict):
        raise CommandError("does not hold: this is not a certificate of erasure")
    return parsed
