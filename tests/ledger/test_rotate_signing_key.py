"""Passing to a new signing key: both sign for a day, trust passes on by a note, and a kill anywhere is gone on from."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from project import vault
from project.ledger import keychain
from project.ledger.actions.signing_keys import BOTH_SIGN_FOR, finish, rotate
from project.ledger.checkpoint import BadNote, verify
from project.ledger.events import Event
from project.ledger.models import Checkpoint, Entry, KeyChange
from project.ledger.sealing import seal
from project.ledger.signing_keys import known_keys, published
from project.ledger.tasks import finish_signing_keys
from project.ledger.verifying import verify_ledger
from project.vault.registration import ring_faults
from tests.ledger.conftest import NOW
from tests.vault.conftest import ring  # noqa: F401  # a ring of this test's own

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]
OVER = NOW + BOTH_SIGN_FOR


def newest() -> str:
    return Checkpoint.objects.order_by("-id")[0].note


def test_the_new_key_signs_and_the_change_is_signed_by_both(sealed):
    sealed(3)
    old = vault.signing_key()
    assert rotate(now=NOW) == 2
    new = vault.signing_key()
    change = keychain.read(KeyChange.objects.get().note)
    assert (change.version, change.at) == (2, NOW)
    assert [key.public_bytes_raw() for key in (change.old, change.new)] == [
        key.public_key().public_bytes_raw() for key in (old, new)
    ]
    for key in (old, new):
        assert verify(newest(), [key.public_key()]).size == 3
    assert Entry.objects.filter(event=Event.SIGNING_KEY_ROTATED).count() == 1
    assert ring_faults() == []


def test_after_a_day_the_old_key_is_destroyed_and_signs_no_more(sealed, write):
    old = vault.signing_key().public_key()
    rotate(now=NOW)
    sealed(1)
    assert verify(newest(), [old])
    assert finish(now=OVER - timedelta(seconds=1)) == []
    assert finish(now=OVER) == [1]
    assert finish(now=OVER) == []
    assert list(vault.signing_keys()) == [2]
    write(1, start=1)
    seal(OVER)
    with pytest.raises(BadNote):
        verify(newest(), [old])
    assert Entry.objects.filter(event=Event.SIGNING_KEY_RETIRED).count() == 1
    assert ring_faults() == []


def test_beat_ends_the_day_by_itself(settings):
    """Long ago by the real clock, so its day is over; the schedule names the task that ends it."""
    rotate(now=NOW)
    named = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert finish_signing_keys.name in named
    assert finish_signing_keys() == [1]
    assert finish_signing_keys() == []


def test_whoever_kept_any_one_key_can_check_all_of_it(sealed):
    kept = [vault.signing_key().public_key()]
    sealed(2)
    for round in range(3):
        at = NOW + round * timedelta(days=2)
        rotate(now=at)
        finish(now=at + BOTH_SIGN_FOR)
        kept.append(vault.signing_key().public_key())
        sealed(2, start=2 * round + 2)
    for key in kept:
        report = verify_ledger(known_keys([key]))
        assert (report.faults, report.checkpoints) == ([], Checkpoint.objects.count())
    assert [key.version for key in published()] == [4, 3, 2, 1]


def test_a_change_that_the_old_key_did_not_sign_leads_nowhere(sealed):
    sealed(1)
    trusted = vault.signing_key()
    rotate(now=NOW)
    note = KeyChange.objects.get().note
    foreign = "".join(line + "\n" for line in note.splitlines()[:-2]) + note.splitlines()[-1] + "\n"
    with pytest.raises(BadNote, match="signed by both"):
        keychain.read(foreign)
    assert len(keychain.reachable([trusted.public_key()], [foreign])) == 1
    assert len(keychain.reachable([trusted.public_key()], [note])) == 2


@pytest.mark.parametrize(
    "place",
    [
        "project.vault.stage_signing_key",
        "project.ledger.actions.signing_keys._write_down",
        "project.ledger.sealing.sign_head",
        "project.vault.publish_signing_key",
    ],
)
def test_killed_anywhere_the_next_run_goes_on_with_the_same_key(sealed, monkeypatch, place):
    sealed(2)

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(place, killed)
    with pytest.raises(KeyboardInterrupt):
        rotate(now=NOW)
    monkeypatch.undo()
    sealed(1, start=2)
    finish(now=NOW)
    if not KeyChange.objects.exists():
        rotate(now=NOW)
    assert (vault.signing_keys().keys(), KeyChange.objects.count()) == ({1, 2}, 1)
    assert Entry.objects.filter(event=Event.SIGNING_KEY_ROTATED).count() == 1
    sealed(1, start=3)
    assert verify_ledger(known_keys()).is_good
    assert ring_faults() == []


def test_the_command_says_which_key_and_hands_out_the_new_one(sealed):
    sealed(1)
    out = StringIO()
    call_command("rotate_signing_key", stdout=out)
    assert "signing key 2" in out.getvalue()
    assert vault.public_key_pem() in out.getvalue()
