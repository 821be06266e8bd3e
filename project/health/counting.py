"""django-prometheus' figures of requests; a figure with its labels is looked up once, not ten times a request."""

from __future__ import annotations

from functools import cache
from typing import Any

from django_prometheus.middleware import Metrics, PrometheusAfterMiddleware


@cache
def _labelled(metric: Any, labels: tuple[tuple[str, str], ...]) -> Any:
    """Bounded: labels are methods, statuses and names of our own routes."""
    return metric.labels(**dict(labels))


class Counting(PrometheusAfterMiddleware):
    def label_metric(self, metric: Any, request: Any, response: Any = None, **labels: str) -> Any:
        return _labelled(metric, tuple(labels.items())) if labels else metric


def told(view: str, secure: bool, status: int, asked_bytes: int, told_bytes: int, seconds: float) -> None:
    """The figures of a POST that did not come by the middleware (project.lane), under the same names."""
    counted, asked, told_, took = _of_a_lane(view, "https" if secure else "http", str(status))
    for figure in counted:
        figure.inc()
    asked.observe(asked_bytes)
    told_.observe(told_bytes)
    for figure in took:
        figure.observe(seconds)


@cache
def _of_a_lane(view: str, transport: str, status: str) -> tuple[list[Any], Any, Any, list[Any]]:
    all_of_them: Any = Metrics.get_instance()
    counted = [
        all_of_them.requests_total,
        all_of_them.responses_total,
        all_of_them.requests_by_method.labels(method="POST"),
        all_of_them.requests_by_transport.labels(transport=transport),
        all_of_them.requests_by_view_transport_method.labels(view=view, transport=transport, method="POST"),
        all_of_them.responses_by_status.labels(status=status),
        all_of_them.responses_by_status_view_method.labels(status=status, view=view, method="POST"),
        all_of_them.responses_by_charset.labels(charset="utf-8"),
    ]
    took = [
        all_of_them.requests_latency_before,
        all_of_them.requests_latency_by_view_method.labels(view=view, method="POST"),
    ]
    return counted, all_of_them.requests_body_bytes, all_of_them.responses_body_bytes, took
