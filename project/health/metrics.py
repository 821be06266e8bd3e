"""Figures for Prometheus: what every process counted, and what is asked of the database at the scrape."""

import os
from collections.abc import Iterator, Mapping

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from project.health.registry import Gauge, gauges, promises, run

CONTENT_TYPE = CONTENT_TYPE_LATEST
log = structlog.get_logger(__name__)


def exposition() -> bytes:
    """All figures as text. With PROMETHEUS_MULTIPROC_DIR set, those of every process on this machine together."""
    asked = CollectorRegistry()
    asked.register(_Asked())
    return generate_latest(_counted()) + generate_latest(asked)


def _counted() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together


class _Asked:
    """Collects the promises and the apps' gauges anew at each scrape."""

    def collect(self) -> Iterator[Metric]:
        kept = GaugeMetricFamily("earshot_promise_kept", "1 while the promise holds, 0 while broken.", labels=["check"])
        for outcome in run(promises):
            kept.add_metric([outcome.name], float(outcome.ok))
        yield kept
        for gauge in gauges.values():
            yield from _family(gauge)


def _family(gauge: Gauge) -> Iterator[Metric]:
    try:
        figure = gauge.figure()
    except Exception as error:  # one figure that cannot be had must not hide the others
        log.warning("gauge.unanswered", gauge=gauge.name, error=type(error).__name__)
        return
    if isinstance(figure, Mapping):
        family = GaugeMetricFamily(gauge.name, gauge.meaning, labels=["kind"])
        for kind, value in figure.items():
            family.add_metric([str(kind)], float(value))
        yield family
    else:
        yield GaugeMetricFamily(gauge.name, gauge.meaning, value=float(figure))
