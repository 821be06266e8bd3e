"""The key ring: a folder with one file a key, mode 0600, outside every database.

    master-0001.key   256-bit master keys by version; the newest wraps, older ones leave with rotation
    index.key         256-bit HMAC key for looking up references; never rotates
    signing-0001.pem  Ed25519 keys for checkpoints and certificates; the newest signs
    tombstones.jsonl  what was shredded (project.vault.tombstones)

Nothing is kept in memory: every use reads its file, so a destroyed key is gone from every process at once.
A file is made under another name, synced, then linked to its own: it is there whole or not at all, and never replaced.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from project.vault.errors import RingFault
from project.vault.files import sync_folder, write_once
from project.vault.keys import KEY_BYTES, Key

INDEX: Final = "index.key"
MASTER: Final = re.compile(r"master-(\d{4,})\.key")
SIGNING: Final = re.compile(r"signing-(\d{4,})\.pem")
OVERWRITES: Final = 3


def check_value(material: bytes) -> bytes:
    """32 bytes that tell one key from another and reveal nothing of it."""
    return hmac.digest(material, b"earshot key check 1", "sha256")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys in one folder. Every method raises RingFault where a file is missing, open to others or malformed."""

    folder: Path

    def versions(self) -> list[int]:
        """Master key versions that are here, ascending; empty without a folder."""
        return self._numbers(MASTER)

    def signing_versions(self) -> list[int]:
        return self._numbers(SIGNING)

    def is_empty(self) -> bool:
        return not (self.versions() or self.signing_versions() or (self.folder / INDEX).exists())

    def master(self, version: int) -> Key:
        return Key(self._read(self._master_name(version), KEY_BYTES))

    def index(self) -> Key:
        return Key(self._read(INDEX, KEY_BYTES))

    def signing(self, version: int | None = None) -> Ed25519PrivateKey:
        """The signing key of a version, the newest by default."""
        versions = self.signing_versions()
        if not versions:
            raise RingFault(f"the key ring {self.folder} has no signing key")
        return self._signing_in(f"signing-{version or versions[-1]:04d}.pem")

    def staged_signing(self, version: int) -> Ed25519PrivateKey:
        """The signing key that `stage_signing` made and `publish_signing` did not put in its place yet."""
        return self._signing_in(self._staged(version))

    def _signing_in(self, name: str) -> Ed25519PrivateKey:
        pem = self._read(name)
        try:
            key = serialization.load_pem_private_key(pem, None)
        except ValueError:
            raise RingFault("a signing key in the ring is malformed") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise RingFault("a signing key in the ring is not Ed25519")
        return key

    def public(self, version: int) -> Ed25519PublicKey:
        return self.signing(version).public_key()

    def create_master(self, version: int) -> None:
        """Make a new master key; one that is there already stays as it is."""
        self._create(self._master_name(version), secrets.token_bytes(KEY_BYTES))

    def create_index(self) -> None:
        self._create(INDEX, secrets.token_bytes(KEY_BYTES))

    def create_signing(self, version: int) -> None:
        self._create_signing(f"signing-{version:04d}.pem")

    def stage_signing(self, version: int) -> None:
        """Make the next signing key under a name that nobody signs with; one that is there already stays as it is."""
        self._create_signing(self._staged(version))

    def publish_signing(self, version: int) -> None:
        """From here on the staged key signs. Fine when that was done already."""
        staged, place = self.folder / self._staged(version), self.folder / f"signing-{version:04d}.pem"
        if staged.exists():
            staged.rename(place)
            sync_folder(self.folder)

    def _create_signing(self, name: str) -> None:
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._create(name, pem)

    def create_all(self) -> None:
        """A first ring: master key 1, index key, signing key 1. Safe when several processes start at once."""
        self.create_index()
        self.create_signing(1)
        self.create_master(1)

    def destroy_master(self, version: int) -> None:
        """Overwrite a master key's file and remove it; one that is gone already is fine.

        The overwriting is best effort: on copy-on-write file systems and on flash the old blocks can outlive it, so
        what we rely on is that the file is deleted and that backups of the ring expire (docs/vault.md).
        """
        self._destroy(self._master_name(version))

    def destroy_signing(self, version: int) -> None:
        """Overwrite a signing key's file and remove it, as `destroy_master` does."""
        self._destroy(f"signing-{version:04d}.pem")

    def _destroy(self, name: str) -> None:
        path, doomed = self.folder / name, self.folder / f".{name}.destroyed"
        if path.exists():  # out of reach first: nobody may read it half overwritten
            path.rename(doomed)
            sync_folder(self.folder)
        if not doomed.exists():
            return
        with doomed.open("r+b", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            for _ in range(OVERWRITES):
                file.seek(0)
                file.write(secrets.token_bytes(size))
                os.fsync(file.fileno())
        doomed.unlink(missing_ok=True)
        sync_folder(self.folder)

    def marks(self) -> dict[str, bytes]:
        """Check values of the index key and the signing keys, by file name."""
        names = [INDEX, *(f"signing-{number:04d}.pem" for number in self.signing_versions())]
        return {name: check_value(self._read(name)) for name in names}

    def _numbers(self, pattern: re.Pattern[str]) -> list[int]:
        if not self.folder.is_dir():
            return []
        return sorted(int(found[1]) for name in os.listdir(self.folder) if (found := pattern.fullmatch(name)))

    def content_of(self, name: str) -> bytes:
        """What lies in one file of the ring."""
        return self._read(name)

    def _read(self, name: str, length: int | None = None) -> bytes:
        path = self.folder / name
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise RingFault(f"{path} can be read by others; chmod 600 it")
                content = file.read(4096)
        except OSError as error:
            raise RingFault(f"{path} cannot be read: {error.strerror}") from None
        if length is not None and len(content) != length:
            raise RingFault(f"{path} is malformed")
        return content

    def _create(self, name: str, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(self.folder / name, content)

    @staticmethod
    def _staged(version: int) -> str:
        return f"signing-{version:04d}.next"

    @staticmethod
    def _master_name(version: int) -> str:
        return f"master-{version:04d}.key"


def current_ring() -> KeyRing:
    """The ring that the settings name (environment KEYRING)."""
    from django.conf import settings

    return KeyRing(Path(settings.KEYRING))
