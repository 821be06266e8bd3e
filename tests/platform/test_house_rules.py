"""The house rules find what they are for, and this house keeps them."""

from __future__ import annotations

import pytest

from tests.house_rules import findings, main

BROKEN = {
    "no-html": "from django.utils.safestring import mark_safe",
    "no-csrf-hole": "from django.views.decorators.csrf import csrf_exempt",
    "no-bypass": "from django.shortcuts import get_object_or_404",
    "no-pickle": "import pickle",
    "no-content-log": "log.info('x', transcript=given)",
    "no-naked-wait": "requests.get(url)",
    "nudge-only": "some_task.delay(1)",
    "no-upload-name": "name = request.FILES['audio'].name",
}


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_each_rule_finds_what_breaks_it(rule):
    assert [found for _, found in findings(BROKEN[rule], "reviews/somewhere.py")] == [rule]


def test_a_line_may_argue_its_exception_and_only_that_one():
    assert not list(findings("requests.get(url)  # house: no-naked-wait -- the caller bounds it", "a.py"))
    assert list(findings("requests.get(url)  # house: no-html -- another rule", "a.py"))
    assert list(findings("requests.get(url)  # house: no-naked-wait", "a.py"))


def test_raw_sql_has_no_place_in_a_view():
    assert [rule for _, rule in findings("connection.cursor()", "reviews/views/queue.py")] == ["no-bypass"]
    assert not list(findings("connection.cursor()", "reviews/queue.py"))


def test_the_house_keeps_its_rules():
    assert main() == 0
