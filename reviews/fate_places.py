"""What is derived from a clip and lies in no column, or nowhere at all; and which test shows it."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Place(NamedTuple):
    """What becomes of it, and the test that shows it."""

    fate: str
    shown_by: str


_ERASED: Final = "tests/reviews/test_erase.py"
_CLEAR: Final = "tests/faults/test_nothing_in_the_clear.py"

PLACES: Final[Mapping[str, Place]] = {
    "blob `audio`: the original": Place("sealed under the clip's key; deleted, every version", _ERASED),
    "blob `softened`": Place("sealed under the clip's key; deleted, every version", _ERASED),
    "blob `peaks`: the waveform": Place("sealed under the clip's key; deleted, every version", _ERASED),
    "working copies of a held clip": Place("sealed under the clip's key; deleted with it", _ERASED),
    "a redacted clip's new version": Place(
        "sealed under a key of its own; goes when the clip goes", "tests/faults/test_worker_killed_mid_redaction.py"
    ),
    "an unfinished upload": Place("sealed under a key that goes; swept after a day", "tests/vault/test_blobs.py"),
    "an export in the making": Place(
        "packed in memory and sealed under the export's key as it is written; only held clips are exported",
        "tests/faults/test_worker_killed_mid_export.py",
    ),
    "a built export": Place(
        "its key is shredded when it was collected or expires; the verifier finds one that can still be opened",
        "tests/escalations/test_collect_export.py",
    ),
    "a chat message's reference to a clip": Place("masked before it is stored", "tests/wellbeing/test_screening.py"),
    "the text of a notice, a mail": Place("made of the kind of notice; holds no word of a clip", _CLEAR),
    "search": Place("there is no index of words; references are found by keyed hash, emptied with the row", _CLEAR),
    "sessions": Place("hold who is signed in, in the database; no word of a clip", _CLEAR),
    "caches": Place("no clip, key or transcript is ever put there; sound and pages are answered no-store", _CLEAR),
    "broker and sockets (Valkey)": Place("ids only in tasks; messages of rooms pass and are not kept", _CLEAR),
    "logs and metrics": Place("kinds, ids and times; values are refused", _CLEAR),
    "dead rows, WAL, backups of the main database": Place(
        "hold what was sealed, and keyed hashes, sizes and times", "tests/faults/test_stolen_backups.py"
    ),
    "dead rows, WAL, backups of the key store": Place(
        "die with the master key that wrapped them", "tests/faults/test_stolen_backups.py"
    ),
    "temporary files of an upload": Place("there are none: uploads stay in bounded memory", _CLEAR),
    "core dumps": Place("switched off in every process", "tests/vault/test_memory.py"),
    "the annotation feed's readers": Place(
        "are told by a withdrawal in the feed; what they keep is theirs to delete", "tests/reviews/test_feed.py"
    ),
    "an authority that was given an export": Place(
        "keeps it; the ledger has its hash, the certificate says so", "tests/escalations/test_build_export.py"
    ),
}  # fmt: skip
