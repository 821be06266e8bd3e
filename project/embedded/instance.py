"""One instance under `make run`: its folder, its lock, its secrets and what its processes find in their environment."""

import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from project.embedded.errors import CannotStart

LONGEST_SOCKET_PATH = 100  # sockaddr_un holds 107 bytes; some room for PostgreSQL's ".lock"
STORES = ("DATABASE_URL", "KEYSTORE_URL", "REDIS_URL", "BROKER_URL")


@dataclass(frozen=True)
class Instance:
    """Where one copy of Earshot keeps everything (`data`, 0700) and the port it answers on."""

    data: Path
    port: int
    outside: Mapping[str, str]  # what the person set in the environment, which always wins

    @property
    def address(self) -> str:
        """What to type into a browser."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.data / "logs"

    def external(self, name: str) -> bool:
        """Was this store's address given from outside, so that nothing is to be started for it?"""
        return bool(self.outside.get(name))

    def create_folders(self) -> None:
        """Make what is missing, each folder 0700 whatever the umask says."""
        for folder in (self.data, self.logs, self.data / "ring", self.data / "vault", self.data / "static"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.data.stat().st_uid != os.getuid():
            raise CannotStart(f"{self.data} belongs to another user. Set DATA_DIR to a folder of your own.")
        self.data.chmod(0o700)

    def lock(self) -> IO[str]:
        """Hold this folder for the life of the process; the kernel lets go, however that ends."""
        file = (self.data / "instance.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise CannotStart(
                f"{self.data} is already in use by a running Earshot ({holder}). Stop that one, or start this one "
                "with another DATA_DIR and PORT."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, {self.address}\n")
        file.flush()
        return file

    def socket_folder(self) -> Path:
        """A 0700 folder for sockets: in the data folder, or a short one in /tmp where that path is too long."""
        folder = self.data / "sockets"
        if len(str(folder / "main" / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            mark = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
            folder = Path("/tmp") / f"earshot-{os.getuid()}-{mark}"  # noqa: S108  # checked below
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            raise CannotStart(f"{folder} was made by somebody else. Set DATA_DIR to a shorter path.")
        folder.chmod(0o700)
        return folder

    def secret(self, name: str, length: int = 32) -> Path:
        """A file (0600) with a random secret of `length` bytes in hex, made on the first start and kept."""
        path = self.data / name
        if not path.exists():
            write_private(path, secrets.token_hex(length) + "\n")
        return path

    def settings(self, stores: Mapping[str, str]) -> dict[str, str]:
        """What `project.settings` reads, for this instance; values from outside win."""
        demo = self.outside.get("DEMO", "1")
        own = {
            **stores,
            "DATA_DIR": str(self.data),
            "SECRET_KEY_FILE": str(self.secret("secret_key")),
            "KEYRING": str(self.data / "ring"),
            "VAULT_URL": str(self.data / "vault"),
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_URL": self.address,
            "DEMO": demo,
            "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
        }
        if demo not in {"0", "false", "no", "off", ""}:
            own["OPERATOR_ADDRESSES"] = "127.0.0.1"
            own["DEMO_PASSWORD"] = self.secret("demo_password", 6).read_text().strip()
        return {name: self.outside.get(name) or value for name, value in own.items()}

    def write_settings(self, settings: Mapping[str, str]) -> None:
        """Leave them where `manage.py` with the same DATA_DIR finds them."""
        lines = [f"{name}={value}" for name, value in settings.items() if name != "DATA_DIR"]
        write_private(self.data / "instance.env", "# written at every start\n" + "\n".join(lines) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
