"""The vault: everything about one object is sealed under that object's own key, and destroying the key erases it.

Import this package, not its modules. Names load on first use, so it can be imported before the apps are ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from project.vault import owners, tombstones
    from project.vault.actions.seal import (
        BlobInfo,
        BlobReader,
        delete_blob,
        delete_blobs,
        is_absent,
        open_blob,
        open_text,
        parts,
        parts_left,
        put_blob,
        put_blobs,
        seal_text,
    )
    from project.vault.actions.signing import (
        publish_signing_key,
        retire_signing_key,
        signing_keys,
        stage_signing_key,
    )
    from project.vault.errors import (
        BlobAbsent,
        InsideKeysTransaction,
        KeyExists,
        KeyGone,
        RingFault,
        Tampered,
        VaultError,
    )
    from project.vault.faults import StoreFault
    from project.vault.identity import fresh_digest, lookup_hmac, public_key_pem, public_keys, signing_key
    from project.vault.keys import Key
    from project.vault.keystore import (
        DataKeyHandle,
        KeyReceipt,
        beyond_recovery,
        create_key,
        create_keys,
        data_key,
        data_keys,
        key_id,
        key_is_absent,
        keys_present,
        shred_key,
        shred_keys,
    )

_HOME = {
    "actions.seal": (
        "BlobInfo BlobReader delete_blob delete_blobs is_absent open_blob open_text parts parts_left put_blob "
        "put_blobs seal_text"
    ),
    "errors": "BlobAbsent InsideKeysTransaction KeyExists KeyGone RingFault Tampered VaultError",
    "faults": "StoreFault",
    "identity": "fresh_digest lookup_hmac public_key_pem public_keys signing_key",
    "actions.signing": "publish_signing_key retire_signing_key signing_keys stage_signing_key",
    "keys": "Key",
    "keystore": (
        "DataKeyHandle KeyReceipt beyond_recovery create_key create_keys data_key data_keys key_id key_is_absent "
        "keys_present shred_key shred_keys"
    ),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names.split()}
_MODULES = frozenset({"owners", "tombstones"})

__all__ = [
    "BlobAbsent",
    "BlobInfo",
    "BlobReader",
    "DataKeyHandle",
    "InsideKeysTransaction",
    "Key",
    "KeyExists",
    "KeyGone",
    "KeyReceipt",
    "RingFault",
    "StoreFault",
    "Tampered",
    "VaultError",
    "beyond_recovery",
    "create_key",
    "create_keys",
    "data_key",
    "data_keys",
    "data_keys",
    "delete_blob",
    "delete_blobs",
    "fresh_digest",
    "is_absent",
    "key_id",
    "key_is_absent",
    "keys_present",
    "lookup_hmac",
    "open_blob",
    "open_text",
    "owners",
    "parts",
    "parts_left",
    "public_key_pem",
    "public_keys",
    "publish_signing_key",
    "put_blob",
    "put_blobs",
    "retire_signing_key",
    "seal_text",
    "shred_key",
    "shred_keys",
    "signing_key",
    "signing_keys",
    "stage_signing_key",
    "tombstones",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
