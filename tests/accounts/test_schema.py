"""The API describes itself, without a guess."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


@cache
def described() -> dict[str, Any]:
    """Made once: it takes a second. Raises for whatever is not valid or was guessed."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
        found: dict[str, Any] = yaml.load(file.read_text(), yaml.CSafeLoader)  # the safe one, in C
    return found


def test_the_description_is_valid_and_nothing_in_it_is_guessed() -> None:
    assert len(described()["paths"]) > 80


@pytest.mark.parametrize("path", ["cases", "exports", "erasures", "ledger/entries"])
def test_what_comes_in_pages_is_described_so(path: str) -> None:
    operation = described()["paths"][f"/api/v1/{path}/"]["get"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    page = described()["components"]["schemas"][answer["$ref"].rpartition("/")[2]]
    assert set(page["properties"]) == {"next", "previous", "results"}


def test_it_is_served_to_whoever_asks(client: Client) -> None:
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"/api/v1/leases/{lease_id}/review/" in answer.content


def is_closed(schema: dict[str, Any]) -> bool:
    """Does it refuse fields that it does not name?"""
    if "$ref" in schema:
        return is_closed(described()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "oneOf" in schema:
        return all(is_closed(one) for one in schema["oneOf"])
    return schema.get("additionalProperties") is False


def test_every_body_is_closed_but_that_of_scim() -> None:
    """RFC 7644 lets providers send more than is read; what is read is `active` and nothing else, tested with it."""
    bodies = {
        f"{verb} {path}": content["schema"]
        for path, verbs in described()["paths"].items()
        for verb, operation in verbs.items()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    }
    assert len(bodies) >= 40
    assert [name for name, schema in bodies.items() if not is_closed(schema)] == [
        "patch /api/v1/scim/v2/Users/{user_id}"
    ]


def test_the_fuzzer_excuses_no_operation_that_there_is_not() -> None:
    """What tests/fuzz/schemathesis.toml says of an operation goes with it."""
    place = Path(__file__).parents[1] / "fuzz" / "schemathesis.toml"
    named = [one["include-name"] for one in tomllib.loads(place.read_text(encoding="utf-8"))["operations"]]
    excused = {name for names in named for name in ([names] if isinstance(names, str) else names)}
    known = {f"{verb.upper()} {path}" for path, verbs in described()["paths"].items() for verb in verbs}
    assert len(excused) > 10
    assert excused <= known
