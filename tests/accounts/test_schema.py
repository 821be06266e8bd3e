"""The API describes itself, without a guess."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_description_is_valid_and_nothing_in_it_is_guessed(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["cases", "exports", "erasures", "ledger/entries"])
def test_what_comes_in_pages_is_described_so(client, path):
    described = client.get("/api/v1/schema/?format=json").json()
    answer = described["paths"][f"/api/v1/{path}/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = described["components"]["schemas"][answer["$ref"].rpartition("/")[2]]
    assert set(page["properties"]) == {"next", "previous", "results"}


@pytest.mark.django_db
def test_it_is_served_to_whoever_asks(client):
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"/api/v1/leases/{lease_id}/review/" in answer.content
