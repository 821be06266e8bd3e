"""django-prometheus' figures of requests; a figure with its labels is looked up once, not ten times a request."""

from __future__ import annotations

from functools import cache
from typing import Any

from django_prometheus.middleware import PrometheusAfterMiddleware


@cache
def _labelled(metric: Any, labels: tuple[tuple[str, str], ...]) -> Any:
    """Bounded: labels are methods, statuses and names of our own routes."""
    return metric.labels(**dict(labels))


class Counting(PrometheusAfterMiddleware):
    def label_metric(self, metric: Any, request: Any, response: Any = None, **labels: str) -> Any:
        return _labelled(metric, tuple(labels.items())) if labels else metric
