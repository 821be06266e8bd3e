"""Nudges: after the commit, never an error for the person, never a long wait."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from celery import shared_task
from django.db import transaction
from kombu import pools

from project import nudge as module
from project.celery import app, broker_url
from project.embedded.valkey import Valkey
from project.nudge import lost, nudge

pytestmark = pytest.mark.django_db(transaction=True)


@shared_task(name="tests.nothing")
def nothing(*_: object) -> None:
    """A task that no worker of these tests runs."""


def point_celery_at(url: str) -> None:
    """Forget every pooled connection, and that a broker was away."""
    app.conf.broker_url = app.conf.broker_write_url = url
    pools.reset()
    app._pool = app.amqp._producer_pool = None
    module._Broker.away_until = 0.0


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Valkey]:
    """A broker of our own, which may be stopped."""
    valkey, usual = Valkey(tmp_path / "v"), app.conf.broker_url
    valkey.start()
    point_celery_at(valkey.broker_url)
    yield valkey
    valkey.stop()
    point_celery_at(usual)


def waiting(valkey: Valkey) -> int:
    import redis

    with redis.Redis.from_url(valkey.url.replace("db=0", "db=1")) as client:
        return int(client.llen("celery"))


def losses() -> float:
    return lost.labels("tests.nothing")._value.get()


def test_a_nudge_is_sent_after_the_commit_and_not_before(queue: Valkey) -> None:
    with transaction.atomic():
        nudge(nothing, uuid4(), 7)
        assert waiting(queue) == 0
    assert waiting(queue) == 1


def test_a_nudge_of_a_transaction_that_is_rolled_back_is_never_sent(queue: Valkey) -> None:
    with transaction.atomic():
        nudge(nothing, uuid4())
        transaction.set_rollback(True)
    assert waiting(queue) == 0


def test_a_broker_that_is_away_is_counted_and_costs_no_more_than_a_moment(queue: Valkey) -> None:
    queue.stop()
    before, began = losses(), time.monotonic()
    for _ in range(20):
        nudge(nothing, uuid4())
    assert losses() == before + 20
    assert time.monotonic() - began < 4


def test_after_a_pause_the_broker_is_tried_again(queue: Valkey) -> None:
    queue.stop()
    nudge(nothing, uuid4())
    queue.start()
    module._Broker.away_until = 0.0  # the pause is over
    nudge(nothing, uuid4())
    assert waiting(queue) == 1


def test_a_redis_socket_is_spelled_as_celery_wants_it() -> None:
    assert broker_url("unix:///run/v.sock?db=3") == "redis+socket:///run/v.sock?virtual_host=3"
    assert broker_url("amqp://rabbit//") == "amqp://rabbit//"
