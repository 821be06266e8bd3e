"""How often devices recorded without being asked: the fact stays when the recording is gone, and names nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from project import vault
from project.ledger.models import Entry
from reviews.actions import leases
from reviews.actions.activations import FEWEST, LABEL_BYTES, count_reviews, fold_devices, rates
from reviews.actions.erasures import erase
from reviews.actions.findings import Findings
from reviews.actions.reviews import review_clip
from reviews.models import ActivationCount, Clip, Erasure, ErasurePolicy
from reviews.states import Activation

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/annotations/false-activations/"


@pytest.fixture
def judge(ingest, shift, reviewer):
    def decide(activation, device="device-17", trigger="wake_word"):
        clip = ingest(device=device, trigger=trigger)
        now = timezone.now()
        lease = leases.claim(acting_user=reviewer, now=now).lease
        review_clip(lease.pk, Findings(activation, 0), acting_user=reviewer, now=now)
        return clip

    return decide


def counts(judged, false, device="device-17", locale="en-US", trigger="wake_word", day=None):
    key = vault.lookup_hmac("device", device) if device else b""
    return ActivationCount.objects.create(
        day=day or timezone.now().date(), device=key, locale=locale, trigger=trigger, judged=judged, false=false
    )


def test_a_false_activation_is_erased_within_a_day_and_only_the_fact_stays(judge):
    clip = judge(Activation.FALSE)
    erasure = Erasure.objects.get(clip=clip)
    assert (erasure.reason, erasure.due_at - erasure.ordered_at) == ("accidental", timedelta(hours=24))
    erase(erasure.pk, now=timezone.now())
    row = ActivationCount.objects.get()
    assert (row.judged, row.false, row.locale, row.trigger) == (1, 1, "en-US", "wake_word")
    assert bytes(row.device) == vault.lookup_hmac("device", "device-17")
    assert Clip.objects.get(pk=clip.pk).device_hmac is None, "nothing links the count with the clip"
    assert count_reviews(now=timezone.now()) == 0, "once"


def test_what_is_kept_is_counted_by_the_sweep_once(judge):
    judge(Activation.RIGHT)
    judge(Activation.UNCLEAR)
    assert count_reviews(now=timezone.now()) == 2
    assert count_reviews(now=timezone.now()) == 0
    row = ActivationCount.objects.get()
    assert (row.judged, row.false) == (1, 0)


def test_policy_can_keep_accidental_recordings_or_give_them_more_time(judge):
    ErasurePolicy.objects.create(erases_accidental=False)
    assert not Erasure.objects.filter(clip=judge(Activation.FALSE)).exists()
    ErasurePolicy.objects.update(erases_accidental=True, accidental_hours=2)
    erasure = Erasure.objects.get(clip=judge(Activation.FALSE))
    assert erasure.due_at - erasure.ordered_at == timedelta(hours=2)


def test_small_groups_are_counted_and_not_shown(db, now):
    counts(FEWEST, 5)
    counts(FEWEST - 1, 19, device="device-18", locale="de-AT", trigger="button")
    found = rates(now=now)
    assert [(rate.name, rate.judged, rate.false) for rate in found.locales] == [("en-US", FEWEST, 5)]
    assert [rate.name for rate in found.triggers] == ["wake_word"]
    assert [rate.name for rate in found.devices] == [vault.lookup_hmac("device", "device-17")[:LABEL_BYTES].hex()]
    assert found.few == {"locales": 1, "triggers": 1, "devices": 1}
    assert found.overall.percent == "61.5 %"


def test_the_worst_comes_first(db, now):
    counts(100, 1, locale="en-US")
    counts(100, 50, locale="de-AT")
    assert [rate.name for rate in rates(now=now).locales] == ["de-AT", "en-US"]


def test_a_device_is_folded_into_its_locale_and_trigger_after_its_time(db, now):
    old = now.date() - timedelta(days=91)
    counts(30, 3, day=old)
    counts(10, 1, device="device-18", day=old)
    counts(5, 0, day=now.date())
    fold_devices(now=now)
    fold_devices(now=now)
    rows = ActivationCount.objects.filter(day=old)
    assert [(bytes(row.device), row.judged, row.false) for row in rows] == [(b"", 40, 4)]
    assert ActivationCount.objects.count() == 2


def test_the_training_side_and_supervisors_read_rates_without_any_serial(
    api_of, client_of, feed_service, supervisor, reviewer, auditor
):
    counts(40, 10)
    answer = api_of(feed_service, scope="feed").get(URL, {"days": 7})
    assert answer.status_code == 200
    assert answer.json()["devices"][0]["share"] == 0.25
    assert "device-17" not in answer.content.decode()
    page = client_of(supervisor).get("/activations/?days=7").content.decode()
    assert "25.0 %" in page
    assert "device-17" not in page
    for person in (reviewer, auditor):
        assert api_of(person).get(URL).status_code == 404
        assert client_of(person).get("/activations/").status_code == 404
    assert api_of(feed_service, scope="erasure").get(URL).status_code == 404
    assert api_of(supervisor).get(URL, {"days": 0}).status_code == 400
    assert not Entry.objects.filter(facts__icontains="device-17").exists()


def test_no_listener_ever_sees_a_device(judge, api_of, reviewer, ingest):
    ingest(device="device-17")
    claimed = api_of(reviewer).post("/api/v1/shifts/current/claim/", {}, format="json")
    assert "device" not in claimed.content.decode()
