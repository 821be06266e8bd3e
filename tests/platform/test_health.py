"""What /healthz, /readyz, /status and /metrics say, and to whom."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from project.accounts.models import User
from project.accounts.tokens import issue_token
from project.health import heartbeats, registry
from project.health.models import Failing
from project.health.report import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def promises(monkeypatch: pytest.MonkeyPatch) -> dict[str, registry.Check]:
    """An empty table of promises to fill."""
    table: dict[str, registry.Check] = {}
    monkeypatch.setattr(registry, "promises", table)
    monkeypatch.setattr("project.health.report.promises", table)
    monkeypatch.setattr("project.health.metrics.promises", table)
    return table


@pytest.fixture
def keys() -> Iterator[redis.Redis]:
    client = heartbeats._store()
    client.delete(*client.keys(f"{heartbeats.PREFIX}:*"), "none")
    yield client
    client.delete(*client.keys(f"{heartbeats.PREFIX}:*"), "none")


def test_healthz_answers_anybody_without_asking_the_database(
    client: Client, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_a_probe_needs_no_host_name_of_ours(client: Client) -> None:
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/accounts/login/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/status", "/metrics"])
def test_health_is_only_read(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


def test_readyz_names_its_conditions_and_no_details(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("project.health.views.conditions", {"well": lambda: None, "ill": lambda: "a long story"})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "checks": {"well": True, "ill": False}}


def test_readyz_is_well_with_the_stores_of_the_tests(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.json()["checks"]["database"]
    assert answer.json()["checks"]["key-store"]


@pytest.mark.parametrize("path", ["/status", "/metrics"])
def test_strangers_reviewers_and_supervisors_see_no_status(
    path: str, client: Client, reviewer: User, supervisor: User, client_of: Callable[[User], Client]
) -> None:
    assert client.get(path).status_code == 404
    assert client_of(reviewer).get(path).status_code == 404
    assert client_of(supervisor).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/status", "/metrics"])
def test_operators_see_it_by_session_and_by_token(
    path: str, client: Client, administrator: User, auditor: User, client_of: Callable[[User], Client]
) -> None:
    assert client_of(administrator).get(path).status_code in {200, 503}
    token = issue_token(auditor)
    assert client.get(path, headers={"Authorization": f"Token {token}"}).status_code in {200, 503}
    assert client.get(path, headers={"Authorization": f"Token {token}x"}).status_code == 404


def test_an_allowed_address_sees_it_unless_a_proxy_stands_between(client: Client, settings: LazySettings) -> None:
    settings.OPERATOR_ADDRESSES = ("10.1.0.0/16",)
    assert client.get("/status", REMOTE_ADDR="10.1.2.3").status_code in {200, 503}
    assert client.get("/status", REMOTE_ADDR="10.2.2.3").status_code == 404
    assert client.get("/status", REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="6.6.6.6").status_code == 404


def test_a_broken_promise_is_red_says_since_when_and_recovers(
    promises: dict[str, registry.Check], administrator: User, client_of: Callable[[User], Client]
) -> None:
    trouble = ["two erasures are late"]
    promises["erasures"] = lambda: trouble[0] if trouble else None
    began = timezone.now() - timedelta(minutes=3)
    assert not report(began).ok

    answer = client_of(administrator).get("/status")
    assert answer.status_code == 503
    [line] = answer.json()["checks"]
    assert (line["name"], line["ok"], line["fault"]) == ("erasures", False, "two erasures are late")
    assert line["since"] == began.isoformat()

    trouble.clear()
    answer = client_of(administrator).get("/status")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert not Failing.objects.exists()


def test_a_check_that_raises_has_failed_and_its_words_stay_inside(promises: dict[str, registry.Check]) -> None:
    def asks_in_vain() -> str | None:
        raise ValueError("a secret")

    promises["vain"] = asks_in_vain
    [line] = report(timezone.now()).as_json()["checks"]  # type: ignore[misc]  # a list of lines
    assert line["fault"] == "could not be checked (ValueError)"


def test_two_checks_never_share_a_name() -> None:
    with pytest.raises(ValueError, match="broker"):
        registry.register("broker", lambda: None)


def test_no_worker_a_living_one_and_one_that_has_fallen_silent(keys: redis.Redis) -> None:
    assert heartbeats.fault("worker") == "no worker runs"
    heartbeats.beat("worker")
    assert heartbeats.fault("worker") is None
    [name] = keys.keys(f"{heartbeats.PREFIX}:worker:*")
    keys.set(name, repr(time.time() - heartbeats.LATE_SECONDS - 2))
    assert heartbeats.fault("worker") == f"the worker was last heard of {heartbeats.LATE_SECONDS + 2} s ago"


def test_a_stopped_worker_is_noticed_within_a_minute() -> None:
    assert heartbeats.EVERY_SECONDS + heartbeats.LATE_SECONDS < 60


def test_metrics_tell_promises_and_figures(
    promises: dict[str, registry.Check],
    administrator: User,
    client_of: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    promises["kept"], promises["broken"] = lambda: None, lambda: "late"
    figures = {
        "waiting": registry.Gauge("earshot_waiting", "Clips.", lambda: {"en": 2.0}),
        "lost": registry.Gauge("earshot_lost", "Lost.", lambda: 1 / 0),
    }
    monkeypatch.setattr("project.health.metrics.gauges", figures)
    text = client_of(administrator).get("/metrics").content.decode()
    assert 'earshot_promise_kept{check="kept"} 1.0' in text
    assert 'earshot_promise_kept{check="broken"} 0.0' in text
    assert 'earshot_waiting{kind="en"} 2.0' in text
    assert "earshot_nudges_lost_total" in text
