"""Is it really gone? Reads every store again over connections of its own and believes nothing the deleter said.

Shares no code with reviews/actions/shredding.py but the fate registry. The connections are new ones: an open
transaction, a cached row or a stale snapshot can't hide what is still there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from escalations.models import Export
from project import vault
from reviews.certificates import Finding
from reviews.erasure_states import Outcome
from reviews.fates import FATES, Fates

KEY_STORE: Final = "key-store"
BLOB_STORE: Final = "blob-store"
CLIP_ROW: Final = "clip-row"
DERIVED_ROWS: Final = "derived-rows"
EXPORTS: Final = "exports"
MESSAGES: Final = "messages-caches-and-logs"


def findings(clip_id: UUID, known_parts: frozenset[str]) -> list[Finding]:
    """What re-reading every store showed for one clip. Raises what a store that can't be read raises."""
    with own_connection("default") as connection:
        database = [*_database(connection, clip_id), _exports(connection, clip_id)]
    return [
        _key_store(clip_id),
        _blob_store(clip_id, known_parts),
        *database,
        # Nothing of a clip is ever written there: identifiers only, refused otherwise where it is written.
        Finding(MESSAGES, Outcome.NOT_APPLICABLE),
    ]


def _key_store(clip_id: UUID) -> Finding:
    """The key row is gone, asking for the key fails, and the tombstone is there that outlasts a restore."""
    if not vault.key_is_absent(clip_id) or not vault.tombstones.contains(clip_id):
        return Finding(KEY_STORE, Outcome.FAILED, 1)
    try:
        vault.data_key(clip_id)
    except vault.KeyGone:
        return Finding(KEY_STORE, Outcome.REMOVED, 1)
    return Finding(KEY_STORE, Outcome.FAILED, 1)


def _blob_store(clip_id: UUID, known_parts: frozenset[str]) -> Finding:
    """Every part that a clip can have, and every part the store still lists, is absent."""
    parts = known_parts | frozenset(vault.parts(clip_id))
    left = sum(not vault.is_absent(clip_id, part) for part in parts)
    if not left:
        return Finding(BLOB_STORE, Outcome.REMOVED, len(parts))
    return Finding(BLOB_STORE, Outcome.PARTIAL if left < len(parts) else Outcome.FAILED, len(parts))


def _database(connection: BaseDatabaseWrapper, clip_id: UUID) -> Iterator[Finding]:
    """Every column that the registry does not keep is empty, in the clip's row and in every row that points at it."""
    clip_rows, clip_left, other_rows, other_left = 0, 0, 0, 0
    for label, fates in FATES.items():
        if not fates.emptied:
            continue
        rows, left = _rows_left(connection, apps.get_model(label), fates, clip_id)
        if label == "reviews.Clip":
            clip_rows, clip_left = rows, left
        else:
            other_rows, other_left = other_rows + rows, other_left + left
    yield Finding(CLIP_ROW, Outcome.FAILED if clip_left or not clip_rows else Outcome.REMOVED, clip_rows)
    yield _derived(other_rows, other_left)


def _derived(rows: int, left: int) -> Finding:
    if not rows:
        return Finding(DERIVED_ROWS, Outcome.NOT_APPLICABLE)
    if not left:
        return Finding(DERIVED_ROWS, Outcome.REMOVED, rows)
    return Finding(DERIVED_ROWS, Outcome.PARTIAL if left < rows else Outcome.FAILED, rows)


def _rows_left(
    connection: BaseDatabaseWrapper, model: type[models.Model], fates: Fates, clip_id: UUID
) -> tuple[int, int]:
    """How many rows of this model belong to the clip, and in how many of them a column is not empty."""
    rows = _fetched(connection, model._default_manager.filter(**{fates.path: clip_id}).values_list(*fates.emptied))
    return len(rows), sum(any(bool(value) for value in row) for row in rows)


def _exports(connection: BaseDatabaseWrapper, clip_id: UUID) -> Finding:
    """No built file that copied from this clip can be opened any more; what an authority was given is theirs."""
    exports = Export.objects.filter(case__exhibits__clip_id=clip_id).values_list("pk")
    ids = [row[0] for row in _fetched(connection, exports)]
    if not ids:
        return Finding(EXPORTS, Outcome.NOT_APPLICABLE)
    return Finding(EXPORTS, Outcome.PARTIAL if vault.keys_present(ids) else Outcome.REMOVED, len(ids))


def _fetched(connection: BaseDatabaseWrapper, query: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """What a query gives, asked over this connection and none other."""
    sql, parameters = query.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@contextmanager
def own_connection(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """A new database connection, outside the pool, used by nobody else and closed at the end."""
    connection = connections[alias].copy()
    connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "pool": False}
    try:
        yield connection
    finally:
        connection.close()
