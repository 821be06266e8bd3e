"""The API describes itself, without a guess."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_description_is_valid_and_nothing_in_it_is_guessed(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))


@pytest.mark.django_db
def test_it_is_served_to_whoever_asks(client):
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"/api/v1/leases/{lease_id}/review/" in answer.content
