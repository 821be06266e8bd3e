"""Building an export: what it reads, what it leaves, and every way in which it can go wrong."""

from __future__ import annotations

import csv
import errno
import io
import json
import resource
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from escalations.actions import export_builds
from escalations.actions.export_builds import LEASE, MOST_ATTEMPTS, build, claim
from escalations.actions.export_ends import destroy, stuck_exports, sweep
from escalations.actions.exports import approve_export, ask_to_go_on_without_timestamp
from escalations.actions.holds import ExportUnderWay, lift_hold, place_hold
from escalations.export.facts import Profile
from escalations.export.verify import verify
from escalations.models import Export, Opening
from project import vault
from project.ledger.models import Entry
from project.ledger.sealing import seal
from project.vault.blobs import INCOMING, current_store
from reviews.models import Clip
from tests.escalations.tsa import authority

pytestmark = pytest.mark.django_db


def file_of(export: Export) -> bytes:
    with vault.open_blob(export.pk, "bag") as reader:
        return reader.read()


def again(export: Export, minutes: int = 60) -> Export:
    """Build at a later time, as the sweep would."""
    later = timezone.now() + timedelta(minutes=minutes)
    build(export.pk, clock=lambda: later)
    return Export.objects.get(pk=export.pk)


def test_it_is_ready_with_its_hashes_in_the_ledger(legal_case, give):
    export = give(legal_case)
    assert (export.state, export.progress, export.attempts) == ("ready", 100, 1)
    facts = Entry.objects.get(event="export.built").facts
    assert (facts["bag_sha256"], facts["file_sha256"]) == (export.bag_sha256, export.file_sha256)


def test_the_recipient_opens_it_and_everything_holds(legal_case, give, opened, tmp_path):
    assert verify(opened(file_of(give(legal_case)), tmp_path)).findings == []


def test_nothing_of_it_lies_anywhere_in_the_clear(legal_case, give, settings):
    export = give(legal_case)
    assert b"turn off the light" not in file_of(export)
    assert b"age-encryption.org" in file_of(export)[:64]


def test_its_ledger_entries_lead_to_the_signed_head(legal_case, give, opened, tmp_path, now):
    seal(now)
    bag = opened(file_of(give(legal_case)), tmp_path)
    proofs = json.loads((bag / "data/ledger/proofs.json").read_text())["proofs"]
    assert {"case.opened", "clip.ingested"} <= {proof["event"] for proof in proofs}
    assert verify(bag).findings == []


def test_the_reporter_is_a_pseudonym_in_all_of_it(legal_case, give, opened, tmp_path, now, reviewer):
    seal(now)
    bag = opened(file_of(give(legal_case)), tmp_path)
    for path in (path for path in bag.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert reviewer.email.encode() not in content, path
        assert str(reviewer.pk).encode() not in content, path
    entries = [one["entry"] for one in json.loads((bag / "data/ledger/proofs.json").read_text())["proofs"]]
    assert any(entries)
    assert b"Reporter 1" in (bag / "data/timeline.csv").read_bytes()


def test_every_reading_is_a_custody_row_and_a_ledger_entry(legal_case, give):
    export = give(legal_case)
    opening = Opening.objects.get(case=legal_case)
    assert (opening.person, opening.expires_at) == (export.proposed_by, opening.opened_at)
    assert Entry.objects.get(event="export.evidence-read").facts["exhibits"] == 1
    assert Entry.objects.filter(event="source.opened", subject_id=str(export.pk)).exists()


def test_what_goes_inside_the_house_opens_no_reference(legal_case, give, opened, tmp_path):
    bag = opened(file_of(give(legal_case, profile=Profile.INTERNAL)), tmp_path)
    assert not Entry.objects.filter(event="source.opened").exists()
    for path in (path for path in bag.rglob("*") if path.is_file()):
        assert b"household-7" not in path.read_bytes()
        assert b"turn off the light" not in path.read_bytes()
    assert verify(bag).findings == []


def test_a_regulators_export_reads_no_recording(legal_case, give, opened, tmp_path):
    bag = opened(file_of(give(legal_case, profile=Profile.REGULATOR)), tmp_path)
    assert not Opening.objects.exists()
    assert not (bag / "data/originals").exists()
    assert not (bag / "data/redacted").exists()
    assert verify(bag).findings == []


def test_outside_law_enforcement_nobody_is_named(legal_case, give, opened, tmp_path, legal):
    bag = opened(file_of(give(legal_case, profile=Profile.REGULATOR)), tmp_path)
    rows = list(csv.DictReader(io.StringIO((bag / "data/timeline.csv").read_text(), newline="")))
    assert {row["person"] for row in rows} <= {"Reporter 1", "Supervisor 1", "Legal 1", "Legal 2", "Earshot"}


def test_flagged_spans_are_silent_in_the_redacted_copy(legal_case, give, opened, tmp_path, now, reviewer):
    import numpy as np
    import soundfile

    from reviews.models import Flag, Lease, Review, Shift

    clip = Clip.objects.get()
    shift = Shift.objects.create(person=reviewer, started_at=now, ends_at=now + timedelta(hours=9), max_clips=10)
    lease = Lease.objects.create(
        clip=clip, shift=shift, person=reviewer, claimed_at=now, expires_at=now + timedelta(minutes=5)
    )
    review = Review.objects.create(
        clip=clip, lease=lease, person=reviewer, reviewed_at=now, activation="right", severity=1
    )
    Flag.objects.create(
        clip=clip, review=review, kind="critical", category="payment_card", start_ms=100, end_ms=300, raised_at=now
    )
    bag = opened(file_of(give(legal_case)), tmp_path)
    sound, rate = soundfile.read(bag / "data/redacted/E0001.wav")
    assert np.abs(sound[int(0.1 * rate) : int(0.3 * rate)]).max() == 0
    assert np.abs(sound[int(0.35 * rate) :]).max() > 0.1
    original, _ = soundfile.read(bag / "data/originals/E0001.wav")
    assert np.abs(original[int(0.1 * rate) : int(0.3 * rate)]).max() > 0.1


def test_a_recording_that_changed_since_intake_fails_it_loudly(legal_case, give):
    Clip.objects.update(sha256="0" * 64)
    export = give(legal_case)
    assert (export.state, export.ending) == ("failed", "evidence-changed")
    assert vault.is_absent(export.pk, "bag")
    assert Entry.objects.get(event="export.failed").facts["ending"] == "evidence-changed"


def test_a_recording_that_was_erased_meanwhile_fails_it(legal_case, give, now):
    export = give(legal_case, "approved")
    vault.shred_key(Clip.objects.get().pk, now=now)
    assert again(export).ending == "evidence-gone"
    assert vault.is_absent(export.pk, "bag")


def test_the_hold_is_not_lifted_while_an_export_is_under_way(legal_case, give, legal, now):
    hold = place_hold(legal_case.pk, reason="asked for", review_at=now + timedelta(days=9), acting_user=legal, now=now)
    export = give(legal_case)
    with pytest.raises(ExportUnderWay):
        lift_hold(hold.pk, reason="done", acting_user=legal, now=now)
    destroy(export.pk, now=timezone.now() + timedelta(days=8))
    assert lift_hold(hold.pk, reason="done", acting_user=legal, now=now).ended_at is not None


@pytest.mark.parametrize("state", ["approved", "building"])
def test_nor_while_it_is_being_built(legal_case, give, legal, now, state):
    hold = place_hold(legal_case.pk, reason="asked for", review_at=now + timedelta(days=9), acting_user=legal, now=now)
    export = give(legal_case, "approved")
    if state == "building":
        claim(export.pk, now=now)
    assert Export.objects.get().state == state
    with pytest.raises(ExportUnderWay):
        lift_hold(hold.pk, reason="done", acting_user=legal, now=now)
    assert again(export).state == "ready"


def test_an_erasure_before_the_build_leaves_nothing_half_exported(legal_case, give, now):
    export = give(legal_case, "approved")
    Clip.objects.update(state="erased", sha256=None, sealed_source=None, sealed_transcript=None, subject_ref_hmac=None)
    export = again(export)
    assert (export.state, export.ending) == ("failed", "evidence-gone")


def test_several_recordings_go_along_in_order(legal_case, give, recorded, joined, opened, tmp_path):
    from tests.escalations.export_facts import tone

    for number in (2, 3):
        joined(legal_case, recorded(f"call-{number}", tone(pitch=300 + number)))
    bag = opened(file_of(give(legal_case)), tmp_path)
    assert sorted(path.name for path in (bag / "data/originals").iterdir()) == ["E0001.wav", "E0002.wav", "E0003.wav"]
    assert verify(bag).findings == []


def test_of_two_workers_one_builds(legal_case, give, now):
    export = give(legal_case, "approved")
    assert claim(export.pk, now=now + timedelta(seconds=1)) is not None
    assert claim(export.pk, now=now + timedelta(seconds=2)) is None


def test_a_killed_worker_loses_nothing(legal_case, give, now):
    """The first worker claims and dies; when its lease is over, the sweep's worker builds from scratch."""
    export = give(legal_case, "approved")
    assert claim(export.pk, now=now + timedelta(seconds=1)) is not None
    build(export.pk, clock=lambda: now + timedelta(seconds=30))
    assert Export.objects.get().state == "building"
    assert stuck_exports(now + timedelta(hours=2)) == 1
    later = now + LEASE + timedelta(seconds=2)
    build(export.pk, clock=lambda: later)
    export = Export.objects.get()
    assert (export.state, export.attempts) == ("ready", 2)


def test_a_worker_that_lost_its_lease_changes_nothing(legal_case, give, now):
    export = give(legal_case, "approved")
    stale = claim(export.pk, now=now + timedelta(seconds=1))
    assert again(export).state == "ready"
    built = Export.objects.get()
    export_builds.finish(stale, export_builds.Built("0" * 64, "0" * 64, 1, "", False, 1), now=now)
    assert Export.objects.get().bag_sha256 == built.bag_sha256


def test_the_sweep_finds_what_no_message_announced(legal_case, give, django_capture_on_commit_callbacks):
    give(legal_case, "approved")
    with django_capture_on_commit_callbacks() as told:
        sweep(clock=timezone.now)
    assert len(told) == 1


def test_a_file_that_the_system_stops_halfway_leaves_nothing_and_is_tried_again(legal_case, give):
    """The kernel itself refuses the write amid the file, as on a full disk; only the number of the error differs."""
    incoming = current_store().root / INCOMING
    before = set(incoming.glob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        export = give(legal_case)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (export.state, export.last_error) == ("approved", f"os-error-{errno.EFBIG}")
    assert vault.is_absent(export.pk, "bag")
    assert set(incoming.glob("*")) <= before
    export = again(export)
    assert export.state == "ready"
    assert export.file_bytes > 40_000


def test_after_some_attempts_it_gives_up_and_says_so(legal_case, give, monkeypatch):
    monkeypatch.setattr(export_builds, "gather", lambda *args, **kwargs: 1 / 0)
    export = give(legal_case)
    for turn in range(1, MOST_ATTEMPTS):
        export = again(export, 60 * turn)
    assert (export.state, export.ending, export.last_error) == ("failed", "gave-up", "ZeroDivisionError")
    assert Entry.objects.filter(event="export.failed").count() == 1


def test_it_carries_a_timestamp_where_an_authority_is_set(legal_case, give, opened, tmp_path, settings):
    (tmp_path / "ca").mkdir()
    with authority(tmp_path / "ca") as there:
        settings.TSA_URL = there.url
        export = give(legal_case)
    bag = opened(file_of(export), tmp_path / "out")
    assert export.timestamped
    assert (bag / "timestamp.tsr").exists()
    assert verify(bag).findings == []


def test_with_the_authority_away_it_waits_and_says_so(legal_case, give, settings, tmp_path):
    settings.TSA_URL = "http://127.0.0.1:9/tsa"
    export = give(legal_case)
    assert (export.state, export.waits_for) == ("approved", "timestamp")
    for turn in range(1, MOST_ATTEMPTS + 2):
        export = again(export, 60 * turn)
    assert (export.state, export.waits_for) == ("approved", "timestamp")
    assert Entry.objects.filter(event="export.waits-for-timestamp").count() == 1
    with authority(tmp_path) as there:
        settings.TSA_URL = there.url
        assert again(export, 60 * 20).timestamped


def test_two_people_may_let_it_go_on_without_a_timestamp(legal_case, give, legal, other_legal, settings, now):
    settings.TSA_URL = "http://127.0.0.1:9/tsa"
    export = give(legal_case)
    ask_to_go_on_without_timestamp(export.pk, acting_user=legal, now=now)
    approve_export(export.pk, acting_user=other_legal, now=now)
    export = again(export, 1)
    assert (export.state, export.timestamped) == ("ready", False)
    assert Entry.objects.filter(event="export.timestamp-waived", actor_id=other_legal.pk).exists()


def test_nobody_waives_a_timestamp_that_nothing_waits_for(legal_case, give, legal, api_of):
    export = give(legal_case)
    assert api_of(legal).post(f"/api/v1/exports/{export.pk}/without-timestamp/").status_code == 409


def test_a_message_about_nothing_does_nothing(db):
    build(uuid4(), clock=timezone.now)
