"""Is it really gone? Reads every store again over connections of its own and believes nothing the deleter said.

Shares no code with reviews/actions/shredding.py but the fate registry. The connections are new ones: an open
transaction, a cached row or a stale snapshot can't hide what is still there. Many clips are looked for at once, each
is judged by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from escalations.models import Export
from project import vault
from reviews.certificates import Finding
from reviews.erasure_states import Outcome
from reviews.fates import FATES, Fates
from reviews.models.clips import AUDIO

KEY_STORE: Final = "key-store"
BLOB_STORE: Final = "blob-store"
CLIP_ROW: Final = "clip-row"
DERIVED_ROWS: Final = "derived-rows"
EXPORTS: Final = "exports"
MESSAGES: Final = "messages-caches-and-logs"
REDACTED: Final = "redacted-version"


@dataclass(frozen=True, slots=True)
class Target:
    """What has to be gone: a key and bytes by their name in the vault, and, where nothing was kept, all that the
    clip's rows held. `kept_as` is the version that a redaction left.
    """

    clip_id: UUID
    vault_id: UUID
    kept_as: UUID | None = None


Findings = dict[UUID, list[Finding]]


def findings_of(targets: Sequence[Target], known_parts: frozenset[str]) -> Findings:
    """What re-reading every store showed, by clip. Raises what a store that can't be read raises."""
    erased = [one.clip_id for one in targets if one.kept_as is None]
    stores = [_key_store(targets), _blob_store(targets, known_parts)]
    with own_connection("default") as connection:
        stores += [_clip_rows(connection, erased), _derived_rows(connection, erased)]
        stores.append(_resealed_rows(connection, [one for one in targets if one.kept_as]))
        stores.append(_exports(connection, [one.clip_id for one in targets]))
    stores.append(_kept(targets))
    # Nothing of a clip is ever written there: identifiers only, refused otherwise where it is written.
    stores.append({one.clip_id: Finding(MESSAGES, Outcome.NOT_APPLICABLE) for one in targets})
    return {one.clip_id: [store[one.clip_id] for store in stores if one.clip_id in store] for one in targets}


def _key_store(targets: Sequence[Target]) -> dict[UUID, Finding]:
    """The key row is gone, asking for the key fails, and the tombstone is there that outlasts a restore."""
    ids = [one.vault_id for one in targets]
    there = vault.keys_present(ids) | set(vault.data_keys(ids))
    return {
        one.clip_id: Finding(
            KEY_STORE,
            Outcome.FAILED if one.vault_id in there or not vault.tombstones.contains(one.vault_id) else Outcome.REMOVED,
            1,
        )
        for one in targets
    }


def _blob_store(targets: Sequence[Target], known_parts: frozenset[str]) -> dict[UUID, Finding]:
    """The store, listed again, has no part of it, whether a clip can have that part or not."""
    left = vault.parts_left([one.vault_id for one in targets])
    found = {}
    for one in targets:
        still = left.get(one.vault_id, [])
        parts = known_parts | set(still)
        outcome = Outcome.REMOVED if not still else Outcome.PARTIAL if len(still) < len(parts) else Outcome.FAILED
        found[one.clip_id] = Finding(BLOB_STORE, outcome, len(parts))
    return found


def _clip_rows(connection: BaseDatabaseWrapper, clip_ids: Sequence[UUID]) -> dict[UUID, Finding]:
    """Every column that the registry does not keep is empty in the clips' own rows, and the rows are there."""
    rows, left = _rows_left(connection, "reviews.Clip", clip_ids)
    return {
        one: Finding(CLIP_ROW, Outcome.FAILED if left[one] or not rows[one] else Outcome.REMOVED, rows[one])
        for one in clip_ids
    }


def _derived_rows(connection: BaseDatabaseWrapper, clip_ids: Sequence[UUID]) -> dict[UUID, Finding]:
    """Every column that the registry does not keep is empty in every row that points at the clips."""
    rows: Counter[UUID] = Counter()
    left: Counter[UUID] = Counter()
    for label, fates in FATES.items():
        if fates.emptied and label != "reviews.Clip":
            found, still = _rows_left(connection, label, clip_ids)
            rows, left = rows + found, left + still
    return {one: Finding(DERIVED_ROWS, _derived(rows[one], left[one]), rows[one]) for one in clip_ids}


def _derived(rows: int, left: int) -> Outcome:
    if not rows:
        return Outcome.NOT_APPLICABLE
    if not left:
        return Outcome.REMOVED
    return Outcome.PARTIAL if left < rows else Outcome.FAILED


def _rows_left(
    connection: BaseDatabaseWrapper, label: str, clip_ids: Sequence[UUID]
) -> tuple[Counter[UUID], Counter[UUID]]:
    """By clip: how many rows of this model it has, and in how many of them a column is not empty."""
    rows: Counter[UUID] = Counter()
    left: Counter[UUID] = Counter()
    for clip_id, *values in _held(connection, label, FATES[label], clip_ids, FATES[label].emptied):
        rows[clip_id] += 1
        left[clip_id] += any(bool(value) for value in values)
    return rows, left


def _resealed_rows(connection: BaseDatabaseWrapper, targets: Sequence[Target]) -> dict[UUID, Finding]:
    """The row of a redacted clip points at its new version, and no sealed column is of the old one.

    What the old key had sealed can't be opened any more; so what opens with the new one was sealed anew.
    """
    kept = {one.clip_id: one.kept_as for one in targets if one.kept_as}
    now = {row[0]: row[1] for row in _held(connection, "reviews.Clip", FATES["reviews.Clip"], [*kept], ["resealed_as"])}
    return {
        clip_id: Finding(CLIP_ROW, Outcome.REMOVED if now.get(clip_id) == vault_id else Outcome.FAILED, 1)
        for clip_id, vault_id in kept.items()
    }


def _kept(targets: Sequence[Target]) -> dict[UUID, Finding]:
    """The version that a redaction left is there and opens to its last byte."""
    return {one.clip_id: Finding(REDACTED, _opens(one.kept_as), 1) for one in targets if one.kept_as}


def _opens(vault_id: UUID) -> Outcome:
    try:
        with vault.open_blob(vault_id, AUDIO) as reader:
            for _ in reader.read_range(0, reader.size):
                pass
    except (vault.KeyGone, vault.BlobAbsent, vault.Tampered):
        return Outcome.FAILED
    return Outcome.KEPT


def _exports(connection: BaseDatabaseWrapper, clip_ids: Sequence[UUID]) -> dict[UUID, Finding]:
    """No built file that copied from these clips can be opened any more; what an authority was given is theirs."""
    exports = Export.objects.filter(case__exhibits__clip_id__in=clip_ids).values_list("case__exhibits__clip_id", "pk")
    by_clip: dict[UUID, set[UUID]] = defaultdict(set)
    for clip_id, export_id in _fetched(connection, exports):
        by_clip[clip_id].add(export_id)
    there = vault.keys_present(sorted({one for ids in by_clip.values() for one in ids})) if by_clip else set()
    return {
        one: Finding(EXPORTS, _exported(by_clip.get(one, set()), there), len(by_clip.get(one, ()))) for one in clip_ids
    }


def _exported(ids: set[UUID], there: set[UUID]) -> Outcome:
    if not ids:
        return Outcome.NOT_APPLICABLE
    return Outcome.PARTIAL if ids & there else Outcome.REMOVED


def _held(
    connection: BaseDatabaseWrapper, label: str, fates: Fates, clip_ids: Sequence[UUID], columns: Sequence[str]
) -> list[tuple[Any, ...]]:
    """(clip, *columns) of every row of this model that belongs to one of these clips."""
    rows = apps.get_model(label)._default_manager.filter(**{f"{fates.path}__in": list(clip_ids)})
    return _fetched(connection, rows.values_list(fates.path, *columns))


def _fetched(connection: BaseDatabaseWrapper, query: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """What a query gives, asked over this connection and none other."""
    compiled = _compiled(connection, query)
    if compiled is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*compiled)
        return list(cursor.fetchall())


def _compiled(connection: BaseDatabaseWrapper, query: models.QuerySet[Any, Any]) -> tuple[str, Any] | None:
    """None for a query that Django knows to be about nothing."""
    try:
        return query.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None


@contextmanager
def own_connection(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """A new database connection, outside the pool, used by nobody else and closed at the end."""
    connection = connections[alias].copy()
    connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "pool": False}
    try:
        yield connection
    finally:
        connection.close()
