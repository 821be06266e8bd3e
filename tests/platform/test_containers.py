"""What compose.yaml says, read as an engine would, where a slip would give a process more than its work needs."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

SERVICES = yaml.safe_load((Path(__file__).parents[2] / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "earshot"}


def user(address: str) -> str | None:
    return urlsplit(address.replace("${", "").replace(":?}", "")).username


def test_only_prepare_knows_the_key_stores_owner_and_the_service_is_another_role():
    assert {name for name, service in OURS.items() if "KEYSTORE_OWNER_URL" in service["environment"]} == {"prepare"}
    owner = user(OURS["prepare"]["environment"]["KEYSTORE_OWNER_URL"])
    assert owner == SERVICES["keystore"]["environment"]["POSTGRES_USER"]
    assert {user(service["environment"]["KEYSTORE_URL"]) for service in OURS.values()} == {"earshot_service"} != {owner}


def test_the_servers_passwords_are_those_that_their_owners_connect_with():
    prepare = OURS["prepare"]["environment"]
    for store, address in (("database", "DATABASE_URL"), ("keystore", "KEYSTORE_OWNER_URL")):
        assert SERVICES[store]["environment"]["POSTGRES_PASSWORD"] in prepare[address]
    assert SERVICES["keystore"]["environment"]["POSTGRES_PASSWORD"] not in prepare["KEYSTORE_URL"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_whatever_serves_waits_for_prepare_and_may_not_write_but_where_it_must(name):
    service = OURS[name]
    assert service["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
    assert (service["read_only"], service["cap_drop"], service["volumes"]) == (True, ["ALL"], ["data:/data"])
