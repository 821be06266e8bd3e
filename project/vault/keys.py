"""A secret key in memory that does not print, log, compare or pickle itself."""

from __future__ import annotations

from typing import NoReturn

KEY_BYTES = 32


class Key:
    """256 bits of key material. `bytes(key)` hands it to a cipher; every other way to show it is redacted."""

    __slots__ = ("_material",)

    def __init__(self, material: bytes) -> None:
        if len(material) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")
        self._material = material

    def __bytes__(self) -> bytes:
        return self._material

    def __repr__(self) -> str:
        return "Key(redacted)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Key(redacted)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is never pickled")
