"""A built export in a versioned bucket: nothing of it is in the clear, and what was stolen of it dies with its key."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.export_ends import destroy
from escalations.states import State
from project import vault
from project.vault import crypto
from project.vault.ring import current_ring
from reviews.actions.clips import Handed, ingest_clip
from reviews.models import Clip
from tests.escalations.export_facts import tone
from tests.faults.in_the_clear import where_words_are, windows
from tests.faults.test_stolen_backups import dump_of_key_store, keys_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def words():
    """Of this run alone: what another test left somewhere proves nothing."""
    return {name: f"{name} {uuid4().hex}" for name in ("transcript", "note", "reference", "household")}


@pytest.fixture
def export(bucket, settings, words, ingest_service, reviewer, supervisor, bring, give, now):
    settings.VAULT_URL = bucket.url
    handed = Handed(words["reference"], subject_ref=words["household"], transcript=words["transcript"])
    clip = ingest_clip(tone(), handed, acting_user=ingest_service, now=now).clip
    Clip.objects.filter(pk=clip.pk).update(state="quarantined")
    case_id = prepare_case_key()
    with transaction.atomic():
        case = open_case(
            clip.pk, reporter=reviewer, category="violence", danger_now=False, start_ms=100, end_ms=400,
            note=words["note"], now=now, case_id=case_id,
        )  # fmt: skip
    return give(bring(case, State.WITH_LEGAL))


def opens(body, export, keys):
    for key in keys:
        try:
            return crypto.open_bytes(key, export.pk, "blob:bag", body)
        except vault.Tampered:
            continue
    return None


def test_nothing_of_it_is_in_the_clear_and_a_stolen_copy_opens_no_more_when_it_is_destroyed(bucket, export, words):
    stolen = {name: content.partition(b"\0")[2] for name, content in bucket.content()}
    assert where_words_are(words.values()) == set()
    sound = sorted(windows(tone()))[:64]
    assert not any(window in body for body in stolen.values() for window in sound)
    bag = next(body for name, body in stolen.items() if str(export.pk) in name)
    assert opens(bag, export, keys_in(dump_of_key_store(), current_ring())), (
        "the control: with that day's keys it opens"
    )
    assert destroy(export.pk, now=timezone.now() + timedelta(days=8))
    assert not any(str(export.pk) in key for key, _ in bucket.versions()), "every version is gone"
    left = keys_in(dump_of_key_store(), current_ring())
    assert left, "the evidence lives on, and its keys unwrap"
    assert opens(bag, export, left) is None
