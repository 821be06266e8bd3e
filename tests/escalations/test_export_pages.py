"""The pages about exports, and the receipts."""

from __future__ import annotations

import pytest

from escalations.models import Export
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db


def test_legal_asks_for_one_on_the_page(legal_case, legal, client_of, identity):
    client = client_of(legal)
    assert b"Who is it for?" in client.get(f"/cases/{legal_case.pk}/exports/new/").content
    answer = client.post(
        f"/cases/{legal_case.pk}/exports/",
        {"profile": "internal", "recipients": f"{identity.to_public()}\n", "reason": ""},
    )
    export = Export.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/exports/{export.pk}/")
    assert b"A second legal person must release it" in client.get(answer["Location"]).content


def test_a_malformed_key_is_said_beside_the_field(legal_case, legal, client_of):
    answer = client_of(legal).post(
        f"/cases/{legal_case.pk}/exports/", {"profile": "internal", "recipients": "age1wrong", "reason": "because"}
    )
    assert answer.status_code == 422
    assert b"no age public key" in answer.content
    assert b"because" in answer.content


def test_the_second_person_releases_it_on_the_page(legal_case, give, other_legal, client_of):
    export = give(legal_case, "proposed")
    client = client_of(other_legal)
    assert b"Release it" in client.get(f"/exports/{export.pk}/").content
    assert client.post(f"/exports/{export.pk}/approve/").status_code == 302
    assert Export.objects.get().state == "approved"


def test_who_releases_it_sees_what_and_to_which_keys(legal_case, give, other_legal, auditor, client_of, identity):
    export = give(legal_case, "proposed")
    page = client_of(other_legal).get(f"/exports/{export.pk}/").content
    for said in (str(identity.to_public()), "asked for by the police", "originals and redacted copies"):
        assert said.encode() in page
    receipt = client_of(auditor).get(f"/exports/{export.pk}/").content
    assert str(identity.to_public()).encode() not in receipt
    assert b"police" not in receipt


def test_whoever_asked_sees_no_button_to_release_it(legal_case, give, legal, client_of):
    export = give(legal_case, "proposed")
    page = client_of(legal).get(f"/exports/{export.pk}/").content
    assert b"Release it" not in page
    assert b"Take it back" in page


def test_the_page_looks_again_only_while_it_is_built(legal_case, give, legal, client_of):
    under_way = give(legal_case, "approved")
    assert b"every 2s" in client_of(legal).get(f"/exports/{under_way.pk}/").content
    ready = give(legal_case)
    page = client_of(legal).get(f"/exports/{ready.pk}/").content
    assert b"every 2s" not in page
    assert b"Download, once" in page


def test_a_part_of_the_page_is_fetched_alone(legal_case, give, legal, client_of):
    export = give(legal_case, "approved")
    part = client_of(legal).get(f"/exports/{export.pk}/", headers={"HX-Request": "true"}).content
    assert part.strip().startswith(b'<div id="standing"')
    assert b"<html" not in part


def test_it_is_downloaded_on_the_page_once(legal_case, give, legal, client_of):
    export = give(legal_case)
    client = client_of(legal)
    assert b"".join(client.get(f"/exports/{export.pk}/download/").streaming_content).startswith(b"age-encryption.org")
    assert client.get(f"/exports/{export.pk}/download/").status_code == 410


def test_an_auditor_reads_receipts_and_can_do_nothing(legal_case, give, auditor, client_of):
    export = give(legal_case)
    client = client_of(auditor)
    assert legal_case.number.encode() in client.get("/exports/").content
    page = client.get(f"/exports/{export.pk}/").content
    assert export.bag_sha256.encode() in page
    assert b"Download" not in page
    assert client.get(f"/exports/{export.pk}/download/").status_code == 404


def test_without_exports_the_page_says_what_would_start_one(auditor, client_of):
    assert b"Nothing was exported yet" in client_of(auditor).get("/exports/").content


def test_a_receipt_names_no_recipient(legal_case, give, auditor, api_of, identity):
    export = give(legal_case)
    answer = api_of(auditor).get(f"/api/v1/exports/{export.pk}/")
    assert answer.status_code == 200
    assert str(identity.to_public()).encode() not in answer.content
    listed = api_of(auditor).get("/api/v1/exports/").json()["results"]
    assert [one["id"] for one in listed] == [str(export.pk)]


def test_the_home_page_says_that_one_is_ready(legal_case, give, legal, other_legal, supervisor, client_of):
    export = give(legal_case)
    for person in (legal, other_legal):
        assert f"/exports/{export.pk}/".encode() in client_of(person).get("/").content
    assert b"ready to collect" not in client_of(supervisor).get("/").content


def test_others_see_nothing_of_it(legal_case, give, supervisor, reviewer, stranger, client_of, api_of):
    export = give(legal_case)
    for person in (supervisor, reviewer, stranger):
        assert client_of(person).get(f"/exports/{export.pk}/").status_code == 404
        assert api_of(person).get(f"/api/v1/exports/{export.pk}/").status_code == 404


def test_with_the_authority_away_two_people_go_on_without_it_on_the_page(
    legal_case, give, legal, other_legal, client_of, settings
):
    settings.TSA_URL = "http://127.0.0.1:9/tsa"
    export = give(legal_case)
    one, two = client_of(legal), client_of(other_legal)
    assert b"It waits for the timestamp authority" in one.get(f"/exports/{export.pk}/").content
    assert one.post(f"/exports/{export.pk}/without-timestamp/").status_code == 302
    assert b"Go on without a timestamp" not in one.get(f"/exports/{export.pk}/").content
    assert one.post(f"/exports/{export.pk}/approve/").status_code == 409
    assert not Export.objects.get().timestamp_waived
    assert b"Go on without a timestamp" in two.get(f"/exports/{export.pk}/").content
    assert two.post(f"/exports/{export.pk}/approve/").status_code == 302
    assert Export.objects.get().timestamp_waived


def test_legal_reads_which_fingerprint_the_recipient_must_hear(legal_case, give, legal, auditor, client_of):
    """It is the certificate's that the ledger has for this export; an auditor has nobody to tell."""
    export = give(legal_case)
    told = Entry.objects.get(event="export.built", subject_id=str(export.pk)).facts["certificate"]
    page = client_of(legal).get(f"/exports/{export.pk}/").content.decode()
    assert told in page.replace(" ", "")
    assert "What to tell the recipient" not in client_of(auditor).get(f"/exports/{export.pk}/").content.decode()
    waiting = give(legal_case, "approved")
    assert "What to tell the recipient" not in client_of(legal).get(f"/exports/{waiting.pk}/").content.decode()
