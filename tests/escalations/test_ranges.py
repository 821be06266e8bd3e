"""Byte ranges as RFC 9110 section 14 has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.ranges import RangeNotSatisfiable, asked_range


@pytest.mark.parametrize(
    "header, start, stop",
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=10-", 10, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-1000", 0, 100),
        ("bytes=90-1000", 90, 100),
    ],
)
def test_one_range_is_served(header, start, stop):
    asked = asked_range(header, 100)
    assert (asked.start, asked.stop, asked.partial) == (start, stop, True)


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,5-6", "pages=1-2", "bytes=a-b", "bytes=--5"]
)
def test_what_is_no_single_range_gets_the_whole(header):
    asked = asked_range(header, 100)
    assert (asked.start, asked.stop, asked.partial) == (0, 100, False)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_beyond_the_end_is_not_satisfiable(header):
    with pytest.raises(RangeNotSatisfiable) as refused:
        asked_range(header, 100)
    assert refused.value.status == 416


@given(header=st.one_of(st.none(), st.text(max_size=40), st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True)),
       size=st.integers(1, 5000))  # fmt: skip
def test_a_range_never_leaves_the_recording(header, size):
    try:
        asked = asked_range(header, size)
    except RangeNotSatisfiable:
        return
    assert 0 <= asked.start < asked.stop <= size
    assert 0 < asked.share_ms(60_000) <= 60_000
