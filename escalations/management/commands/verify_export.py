"""`manage.py verify_export PATH`: check an export offline, as whoever received it would."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from escalations.export import signing
from escalations.export.archive import Unreadable, open_archive, read
from escalations.export.package import CERTIFICATE
from escalations.export.verify import Trust, verify

MOST_BYTES = 1024 * 1024


class Command(BaseCommand):
    """Exit code 0 when everything holds, 1 with every file that does not."""

    help = "Check an export, unpacked or as a tar: hashes, signature, timestamp, exhibits, CASE graph, ledger proofs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="the unpacked folder, or the decrypted tar")
        parser.add_argument("--certificate", type=Path, help="PEM: the organisation's certificate, got by another way")
        parser.add_argument("--ledger-key", type=Path, help="PEM: the ledger's public key, got by another way")
        parser.add_argument("--tsa-certificate", type=Path, help="PEM: certificates of the timestamp authority")
        parser.add_argument("--shapes", action="store_true", help="also run the CASE ontology's validator (slow)")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        trust = Trust(
            certificate=_first(_certificates(options["certificate"])),
            ledger_key_pem=_content(options["ledger_key"]) if options["ledger_key"] else None,
            authorities=_certificates(options["tsa_certificate"]),
        )
        verdict = verify(path, trust, shapes=options["shapes"])
        for finding in verdict.findings:
            self.stdout.write(self.style.ERROR(f"{finding.path}: {finding.problem}"))
        if not verdict.holds:
            raise CommandError(f"The export does NOT hold: {len(verdict.findings)} findings.")
        for note in verdict.notes:
            self.stdout.write(note)
        if _is_ours(path):
            self.stdout.write("It was signed with this instance's own certificate.")
        self.stdout.write(self.style.SUCCESS("The export holds: every file is as it was signed."))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None


def _certificates(path: Path | None) -> list[x509.Certificate]:
    if path is None:
        return []
    try:
        return x509.load_pem_x509_certificates(_content(path))
    except ValueError:
        raise CommandError(f"{path} holds no certificate") from None


def _first(certificates: list[x509.Certificate]) -> x509.Certificate | None:
    return certificates[0] if certificates else None


def _is_ours(path: Path) -> bool:
    """Whether the certificate in the export is the one beside this instance's key ring, where there is one."""
    own = Path(settings.KEYRING, signing.FILE)
    if not own.is_file():
        return False
    try:
        return signing.load(own.read_bytes()).certificate_pem == read(open_archive(path), CERTIFICATE)
    except (Unreadable, ValueError):
        return False
