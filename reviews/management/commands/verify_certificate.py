"""`manage.py verify_certificate FILE`: check a certificate of erasure offline, with the public key alone."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management.base import BaseCommand, CommandError

from project import vault
from reviews.certificates import MAX_FILE_BYTES, CertificateInvalid, Verdict, verify

MAX_KEY_BYTES = 10_000


class Command(BaseCommand):
    """Exit code 0 when everything in the file holds, 1 with the reason when something does not."""

    help = "Check a certificate of erasure: its signature and, where the file has one, its proof in the ledger."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, and which public key to trust."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the certificate as it was downloaded")
        parser.add_argument("--key", type=Path, help="public key (PEM) to trust; the ring's own without it")
        parser.add_argument("--require-proof", action="store_true", help="refuse a file without a ledger proof")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read both files, bounded; say what holds."""
        key = _public_key(options["key"])
        try:
            verdict = verify(_read_json(options["file"]), key)
        except CertificateInvalid as error:
            raise CommandError(f"does not hold: {error}") from None
        if options["require_proof"] and not verdict.is_proved:
            raise CommandError("does not hold: the file has no proof from the ledger")
        self.stdout.write(_in_words(verdict))


def _in_words(verdict: Verdict) -> str:
    lines = [
        f"clip        {verdict.clip_id}",
        f"erasure     {verdict.erasure_id}",
        f"stage       {verdict.stage}",
        f"issued      {verdict.issued_at}",
        "signature   holds",
    ]
    if verdict.is_proved:
        lines.append(f"ledger      holds: entry {verdict.leaf_index} in the signed tree of {verdict.tree_size}")
    else:
        lines.append("ledger      not in this file; download it again once the ledger has sealed the entry")
    return "\n".join(lines)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > limit:
        raise CommandError(f"{path} is too large")
    return content


def _read_json(path: Path) -> dict[str, Any]:
    try:
        parsed = json.loads(_read(path, MAX_FILE_BYTES))
    except (ValueError, RecursionError):
        raise CommandError("does not hold: this is not JSON") from None
    if not isinstance(parsed, dict):
        raise CommandError("does not hold: this is not a certificate of erasure")
    return parsed


def _public_key(path: Path | None) -> Ed25519PublicKey:
    pem = _read(path, MAX_KEY_BYTES) if path else vault.public_key_pem().encode()
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        raise CommandError("the public key cannot be read: it must be PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise CommandError("the public key is not an Ed25519 key")
    return key
