"""The pieces of an export that is being built: sealed under its own key beside where its file will lie."""

from __future__ import annotations

from collections.abc import Iterable

from escalations.export.pieces import PREFIX
from escalations.models import Export
from project import vault


class KeptPieces:
    """Puts and opens pieces in the vault. They die with the export's key, whatever becomes of their bytes."""

    def __init__(self, export: Export) -> None:
        self._export_id = export.pk
        self._key = vault.data_key(export.pk)
        self._names = {part for part in vault.parts(export.pk) if part.startswith(PREFIX)}
        self._open: vault.BlobReader | None = None

    def has(self, name: str) -> bool:
        return name in self._names

    def keep(self, name: str, chunks: Iterable[bytes]) -> None:
        vault.put_blob(self._export_id, name, chunks, key=self._key)
        self._names.add(name)

    def open(self, name: str) -> vault.BlobReader:
        """One at a time: the one before it is closed here."""
        self.close()
        self._open = vault.open_blob(self._export_id, name, key=self._key)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def clear(self) -> None:
        """Delete all of them. Raises StoreFault."""
        self.close()
        for name in sorted(self._names):
            vault.delete_blob(self._export_id, name)
        self._names.clear()
