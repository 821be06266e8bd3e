"""What an erasure does to every column that can hold something of a clip. Executed, verified and tested from here.

SEALED columns are ciphertext under the clip's own key: they die with the key, and are emptied as well. CLEARED columns
are overwritten with NULL, zero or nothing. Both are emptied by reviews/actions/shredding.py and read again by
reviews/verifier.py. KEPT ones stay, each with the reason. tests/test_completeness.py fails for a column of a model
near a clip, and for a model anywhere that can hold words, that is not declared here. There is no default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Fates:
    """One model near a clip, that is, one whose foreign keys lead to it.

    `path` finds its rows from the clip's id. `machinery` is kept: states, times and counters of ours that say nothing
    of what was recorded. `kept` gives its reason column by column.
    """

    path: str
    sealed: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    machinery: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def emptied(self) -> tuple[str, ...]:
        """The columns that hold nothing after an erasure."""
        return self.sealed + self.cleared

    @property
    def declared(self) -> frozenset[str]:
        """Every column with a fate."""
        return frozenset(self.emptied) | frozenset(self.machinery) | frozenset(self.kept)


TECHNICAL: Final = "a property of the file format with a handful of values; names no recording"
STATISTIC: Final = "needed for the rate of false activations by locale and trigger; names no recording"
FINDING: Final = "a finding from a fixed list that a case or a person's own history rests on; no words"
CASE_KEY: Final = "sealed under the case's own key and kept with the case; the audio it is about is gone"
WHERE: Final = "where in the recording; the case's record says what was reported, and the audio is gone"

FATES: Final[Mapping[str, Fates]] = {
    "reviews.Clip": Fates(
        path="pk",
        sealed=("sealed_source", "sealed_transcript"),
        cleared=(
            "sha256", "subject_ref_hmac", "device_hmac", "duration_ms", "byte_size", "recorded_at",
            "predicted_severity", "predicted_categories", "skill", "seen_by",
        ),
        machinery=(
            "state", "priority", "ingested_at", "queued_at", "reviewed_at", "reviews_wanted", "reviews_done",
            "is_in_feed", "is_disputed", "resealed_as", "version",
        ),
        kept={
            "locale": STATISTIC,
            "trigger": STATISTIC,
            "sample_rate": TECHNICAL,
            "channels": TECHNICAL,
            "audio_format": TECHNICAL,
            "external_ref_hmac": "a keyed hash of the source's own name for it: handing it in again answers 410",
        },
    ),
    "reviews.Lease": Fates(
        path="clip_id",
        machinery=("state", "claimed_at", "expires_at", "ended_at", "sound_served_at", "original_served_at"),
    ),
    "reviews.Review": Fates(
        path="clip_id",
        sealed=("sealed_findings",),
        machinery=("reviewed_at", "is_blind", "is_offered", "is_listed", "is_counted", "is_decision"),
        kept={"activation": STATISTIC, "severity": "how heavy it was for the listener, whom the figure protects"},
    ),
    "reviews.Flag": Fates(
        path="clip_id",
        sealed=("sealed_note",),
        cleared=("start_ms", "end_ms"),
        machinery=("raised_at", "withdrawn_at"),
        kept={"kind": FINDING, "category": FINDING, "is_danger_now": FINDING},
    ),
    "reviews.FeedEntry": Fates(path="clip_id", machinery=("kind", "version", "listed_at")),
    "reviews.Erasure": Fates(
        path="clip_id",
        machinery=(
            "state", "reason", "ordered_at", "due_at", "attempts", "next_attempt_at", "leased_until",
            "last_error_code", "overdue_told_at", "waiting_since", "no_return_at", "key_destroyed_at",
            "bytes_deleted_at", "verified_at", "certified_at", "beyond_recovery_at", "master_version", "method",
            "vault_id", "resealed_as", "followed_by", "undo_until", "working_copy_at", "resealed_at", "withdrawn_at",
        ),
        kept={
            "key_id": "names a key that is destroyed",
            "salted_digest": "its salt died with the key: nobody can test a recording against it",
        },
    ),
    "reviews.Certificate": Fates(
        path="erasure__clip_id",
        machinery=("stage", "body_sha256", "public_key_id", "issued_at"),
        kept={
            "canonical_body": "the proof of the erasure; holds ids, times and the digest whose salt is destroyed",
            "signature": "over the body",
        },
    ),
    "escalations.Exhibit": Fates(path="clip_id", machinery=("number", "added_at", "released_at")),
    "escalations.Report": Fates(
        path="exhibit__clip_id",
        machinery=("reporter_number", "reported_at"),
        kept={
            "category": FINDING, "danger_now": FINDING, "start_ms": WHERE, "end_ms": WHERE, "sealed_note": CASE_KEY,
        },
    ),
    "escalations.ReporterUnmasking": Fates(
        path="report__exhibit__clip_id", machinery=("unmasked_at", "readable_until")
    ),
    "escalations.Opening": Fates(
        path="exhibit__clip_id",
        machinery=("opened_at", "expires_at", "softened_at", "original_at", "heard_ms"),
        kept={"sealed_purpose": CASE_KEY},
    ),
    "escalations.CaseEvent": Fates(
        path="report__exhibit__clip_id",
        machinery=("at", "kind", "from_state", "to_state"),
        kept={"facts": "ids, numbers and tokens of the case's timeline, checked where they are written"},
    ),
    "escalations.Note": Fates(
        path="event__report__exhibit__clip_id",
        machinery=("kind", "written_at"),
        kept={"sealed_text": CASE_KEY},
    ),
}  # fmt: skip

_ACCOUNTS: Final = "about the people who work here, entered by an administrator or by themselves; never by a clip"
_LEDGER: Final = "numbers, ids and tokens only; content is refused where it is written"
_ROOMS: Final = "what people wrote to each other: screened before it is stored, sealed under the room's key of the day"
_OWN: Final = "about the person who listens, sealed under keys of their own where it is words"
_CASE: Final = "the case's own record, sealed under the case's key where it is words; holds no audio and no transcript"
_DJANGO: Final = "made by the framework from our code and accounts; no path leads there from a clip"

# Models that no foreign key leads from to a clip, and why nothing of a clip gets into them.
FAR: Final[Mapping[str, str]] = {
    "accounts.Team": _ACCOUNTS,
    "accounts.User": _ACCOUNTS,
    "accounts.ApiToken": _ACCOUNTS,
    "accounts.Session": "who is signed in, where and how; our views put nothing else there",
    "accounts.HouseText": _ACCOUNTS,
    "socialaccount.SocialApp": _ACCOUNTS,
    "socialaccount.SocialAccount": _ACCOUNTS,
    "socialaccount.SocialToken": _ACCOUNTS,
    "accounts.Proposal": "the act, its subject's id and facts without content, refused otherwise",
    "ledger.Entry": _LEDGER,
    "ledger.Leaf": "hashes of entries, each with its own salt",
    "ledger.Node": "hashes of hashes",
    "ledger.Checkpoint": "sizes and hashes",
    "ledger.Origin": "names and hashes",
    "ledger.KeyChange": "public keys",
    "ledger.Handover": "whether the witness took a checkpoint",
    "vault.MasterKey": "how to recognise a key of the ring; not the key",
    "vault.RingMark": "how to recognise a key of the ring; not the key",
    "vault.DataKey": "the wrapped key itself: its row is deleted by the shred, and the verifier looks for it",
    "vault.ShreddedKey": "the receipt of the shred",
    "notices.Notice": "the text comes from the kind of notice; the row holds ids",
    "notices.Send": "which way a notice went and what became of it; of an error only its class",
    "notices.QuietHours": _OWN,
    "wellbeing.Break": _OWN,
    "wellbeing.CheckIn": _OWN,
    "wellbeing.Offer": _OWN,
    "wellbeing.Share": _OWN,
    "wellbeing.Reading": _OWN,
    "wellbeing.Instrument": "published questions, loaded by the organisation",
    "wellbeing.Heard": "how long one person listened and how heavy it was, by lease; protects the person",
    "wellbeing.WorkingDay": _OWN,
    "wellbeing.WeeklyFigure": "figures of groups of five or more",
    "wellbeing.Cohort": "keyed digests of the people who counted in such a figure, 90 days",
    "wellbeing.WellbeingPolicy": _ACCOUNTS,
    "wellbeing.WellbeingPreferences": _OWN,
    "wellbeing.PrivateSession": _ROOMS,
    "wellbeing.Room": _ROOMS,
    "wellbeing.OpeningHours": _ROOMS,
    "wellbeing.Membership": _ROOMS,
    "wellbeing.Duty": _ROOMS,
    "wellbeing.Unmasking": _ROOMS,
    "wellbeing.Message": _ROOMS,
    "wellbeing.RoomKey": _ROOMS,
    "wellbeing.Withdrawal": _ROOMS,
    "wellbeing.Restoration": _ROOMS,
    "wellbeing.Appeal": _ROOMS,
    "wellbeing.Report": _ROOMS,
    "wellbeing.Alert": _ROOMS,
    "wellbeing.ModerationNote": _ROOMS,
    "escalations.CaseYear": _CASE,
    "escalations.Case": _CASE,
    "escalations.Clock": _CASE,
    "escalations.Rung": _CASE,
    "escalations.OnCallDuty": "who is on call from when until when, and the name of a time zone",
    "escalations.Tie": _CASE,
    "escalations.CounselGrant": _CASE,
    "escalations.EmergencyAccess": _CASE,
    "escalations.Disclosure": "what was sent to an authority and when, sealed under the case's key; kept by law",
    "escalations.Hold": _CASE,
    "escalations.Export": "what was handed to an authority, by hash; its bytes lie sealed under the export's own key",
    "reviews.PlannedShift": "when somebody is asked to work, limits in numbers, and the name of a time zone",
    "reviews.IngestRun": "where a manifest lies on the operator's disk, and how far it was read",
    "reviews.IngestBatch": "places in a manifest by byte and line, a keyed hash of that text, and counts",
    "reviews.IngestRefusal": "a line's number and a reason in words of ours; the line stays in the operator's file",
    "reviews.Shift": "about the person who works; counters and times",
    "reviews.SubjectErasure": "the request, by a keyed hash of the subject's reference; proves what was asked",
    "reviews.ErasureRun": "why and when many clips were ordered at once and for which account; a fixed reason",
    "reviews.ErasurePolicy": _ACCOUNTS,
    "reviews.ActivationCount": "daily counts by a keyed hash of the device; names no recording, folded after 90 days",
    "reviews.Reconciliation": "counts of what a comparison of the stores found",
    "admin.LogEntry": "no model that holds content is registered with the admin",
    "auth.Permission": _DJANGO,
    "auth.Group": _DJANGO,
    "contenttypes.ContentType": _DJANGO,
    "account.EmailAddress": _ACCOUNTS,
    "account.EmailConfirmation": _ACCOUNTS,
    "mfa.Authenticator": _ACCOUNTS,
}
