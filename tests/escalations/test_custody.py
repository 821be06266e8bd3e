"""Evidence is opened for a purpose; the record comes before the sound; the softened version comes first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.models import Opening
from escalations.sealing import open_words
from escalations.states import State, Tier
from project import vault
from project.ledger.models import Entry
from reviews.models import Clip
from wellbeing.models import Heard

pytestmark = pytest.mark.django_db


def openings_of(case):
    return reverse("escalations-api:openings", args=[case.pk])


@pytest.fixture
def opened(case, api_of, supervisor):
    answer = api_of(supervisor).post(openings_of(case), {"purpose": "to triage"}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_opening_writes_custody_before_any_sound(opened, case, supervisor, clip):
    opening = Opening.objects.get(pk=opened["id"])
    assert (opening.person, opening.softened_at) == (supervisor, None)
    assert open_words(case.pk, opening, "sealed_purpose") == "to triage"
    entry = Entry.objects.get(event="evidence.opened")
    assert (entry.subject_id, entry.facts["clip"]) == (opened["id"], str(clip.pk))
    assert opened["transcript"] == "turn off the light"
    assert opened["spans"] == [{"start_ms": 100, "end_ms": 900, "category": "violence"}]


@pytest.mark.parametrize("body", [{}, {"purpose": " "}, {"purpose": "x" * 501}, {"purpose": "x", "loud": True}])
def test_without_a_purpose_nothing_opens(case, api_of, supervisor, body):
    assert api_of(supervisor).post(openings_of(case), body, format="json").status_code == 400
    assert not Opening.objects.exists()


def test_an_exhibit_that_does_not_exist_is_absent(case, api_of, supervisor):
    answer = api_of(supervisor).post(openings_of(case), {"purpose": "x", "exhibit": 2}, format="json")
    assert answer.status_code == 404


def test_the_softened_sound_is_served_whole_and_by_ranges(opened, api_of, supervisor, sounds):
    client = api_of(supervisor)
    whole = client.get(opened["audio_url"])
    assert (whole.status_code, whole["Cache-Control"], whole["Accept-Ranges"]) == (200, "no-store", "bytes")
    assert body_of(whole) == sounds["softened"]
    part = client.get(opened["audio_url"], HTTP_RANGE="bytes=10-19")
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 10-19/{len(sounds['softened'])}")
    assert body_of(part) == sounds["softened"][10:20]
    beyond = client.get(opened["audio_url"], HTTP_RANGE="bytes=99999999-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(sounds['softened'])}")


def test_the_original_comes_after_the_softened(opened, api_of, supervisor, sounds):
    client = api_of(supervisor)
    original = opened["audio_url"] + "?version=original"
    refused = client.get(original)
    assert (refused.status_code, refused.json()["code"]) == (409, "softened-first")
    body_of(client.get(opened["audio_url"]))
    answer = client.get(original)
    assert body_of(answer) == sounds["audio"]
    opening = Opening.objects.get()
    assert opening.softened_at <= opening.original_at
    assert Entry.objects.filter(event="evidence.served").count() == 2


def test_the_waveform_is_a_look_and_no_sound(opened, api_of, supervisor):
    assert api_of(supervisor).get(opened["peaks_url"]).json()["loud"] == [[500, 700]]
    assert not Heard.objects.exists()


def test_a_version_that_does_not_exist_is_invalid(opened, api_of, supervisor):
    assert api_of(supervisor).get(opened["audio_url"] + "?version=louder").status_code == 400


def test_what_is_served_counts_as_exposure(opened, api_of, supervisor):
    body_of(api_of(supervisor).get(opened["audio_url"]))
    heard = Heard.objects.get(person=supervisor, source_id=opened["id"])
    assert heard.heard_ms == 2000


def test_what_the_player_reports_is_bounded_and_never_shrinks(opened, api_of, supervisor, now):
    client = api_of(supervisor)
    Opening.objects.update(opened_at=now - timedelta(seconds=2))
    assert client.post(opened["heard_url"], {"heard_ms": 1500}, format="json").json()["heard_ms"] == 1500
    assert client.post(opened["heard_url"], {"heard_ms": 100}, format="json").json()["heard_ms"] == 1500
    bounded = client.post(opened["heard_url"], {"heard_ms": 80_000_000}, format="json").json()["heard_ms"]
    assert bounded < 600_000


def test_an_opening_is_its_owners_alone(opened, api_of, other_supervisor, legal, reviewer, bring, case):
    bring(case, State.WITH_LEGAL)
    for user in (other_supervisor, legal, reviewer):
        for url in (opened["audio_url"], opened["peaks_url"]):
            assert api_of(user).get(url).status_code == 404


def test_an_opening_ends(opened, api_of, supervisor, now):
    Opening.objects.update(expires_at=now - timedelta(seconds=1))
    answer = api_of(supervisor).get(opened["audio_url"])
    assert (answer.status_code, answer.json()["code"]) == (409, "opening-over")
    assert not Heard.objects.exists()


def test_erased_evidence_is_gone(opened, case, clip, api_of, supervisor, now):
    vault.shred_key(clip.pk, now=now)
    assert api_of(supervisor).get(opened["audio_url"]).status_code == 410
    Clip.objects.filter(pk=clip.pk).update(state="erasing")
    assert api_of(supervisor).post(openings_of(case), {"purpose": "x"}, format="json").status_code == 410


def test_after_the_gravest_one_rests_first_unless_life_is_in_danger(case, clip, opened, api_of, supervisor, bring, now):
    Clip.objects.filter(pk=clip.pk).update(predicted_severity=3)
    client = api_of(supervisor)
    body_of(client.get(opened["audio_url"]))
    client.post(opened["heard_url"], {"heard_ms": 1000}, format="json")
    answer = client.post(openings_of(case), {"purpose": "again"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "rest-first")
    bring(case, State.TRIAGED, tier=Tier.T0)
    assert client.post(openings_of(case), {"purpose": "danger"}, format="json").status_code == 201


def test_whoever_declared_a_tie_hears_nothing(case, api_of, supervisor):
    client = api_of(supervisor)
    client.post(reverse("escalations-api:verb", args=[case.pk, "declare-tie"]), {}, format="json")
    answer = client.post(openings_of(case), {"purpose": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "tied")


def test_the_case_lists_every_opening(opened, case, api_of, supervisor):
    custody = api_of(supervisor).get(reverse("escalations-api:case", args=[case.pk])).json()["custody"]
    assert [(one["by"], one["purpose"]) for one in custody] == [("supervisor", "to triage")]
