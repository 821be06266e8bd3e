"""The ledger's part of an export: entries of the case with their proofs, under one signed head."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from escalations.access import family_of
from escalations.export.facts import LedgerExtract, Proof
from escalations.models import Disclosure, Export, Hold
from project import vault
from project.ledger import merkle, proofs, tree
from project.ledger.events import Event
from project.ledger.models import Checkpoint, Entry

# Of a clip's own entries only its intake goes along in words: the others name the reviewers who heard it.
IN_WORDS_OF_A_CLIP = frozenset({Event.CLIP_INGESTED.value})
OF_A_CLIP = (Event.CLIP_INGESTED, Event.CLIP_FLAGGED, Event.CLIP_QUARANTINED, Event.CLIP_REDACTED)
MOST_ENTRIES = 20_000


def extract(export: Export, clip_ids: Iterable[UUID], *, named: bool) -> LedgerExtract:
    """Proofs for the entries about this case, its holds, disclosures, exports, clips. Empty before the first seal."""
    head = proofs.latest()
    if head is None:
        return LedgerExtract()
    entries = list(entries_of(export, clip_ids)[:MOST_ENTRIES])
    sealed = [entry for entry in entries if hasattr(entry, "leaf") and entry.leaf.index < head.tree_size]
    return LedgerExtract(
        checkpoint=head.note,
        public_key_pem=vault.public_key_pem().encode(),
        proofs=tuple(proof_of(entry, head, in_words=named and goes_in_words(entry)) for entry in sealed),
        unsealed=len(entries) - len(sealed),
    )


def entries_of(export: Export, clip_ids: Iterable[UUID]) -> QuerySet[Entry]:
    """The entries, oldest first."""
    family = family_of(export.case)
    own = list(family.values_list("pk", flat=True))
    for rows in (Hold, Disclosure, Export):
        own += rows._default_manager.filter(case__in=family).values_list("pk", flat=True)
    about = Entry.objects.filter(subject_id__in=[str(pk) for pk in own])
    clips = Entry.objects.filter(subject_id__in=[str(pk) for pk in clip_ids], event__in=OF_A_CLIP)
    return (about | clips).select_related("leaf").order_by("at", "id")


def goes_in_words(entry: Entry) -> bool:
    """Whether an entry may say who acted."""
    return not entry.subject_type.endswith("clip") or entry.event in IN_WORDS_OF_A_CLIP


def proof_of(entry: Entry, head: Checkpoint, *, in_words: bool) -> Proof:
    """One entry's way to the head."""
    leaf = proofs.bytes_of(entry)
    index = entry.leaf.index
    hashes = merkle.hashes_of(merkle.inclusion_ranges(index, head.tree_size), tree.read)
    return Proof(
        entry.pk,
        entry.event,
        entry.at,
        leaf if in_words else None,
        merkle.leaf_hash(leaf),
        index,
        head.tree_size,
        tuple(hashes),
    )
