"""Who is here and who writes (pure): it ends by itself, has no past, and holds nothing but pseudonyms."""

import json
import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.attendance import this_process
from wellbeing.presence import HERE_SECONDS, MOST_NAMES, TYPING_SECONDS, Presence, Saying, parse_saying

NAMES = st.frozensets(st.text(min_size=1, max_size=40), max_size=6)
SAYINGS = st.builds(Saying, st.just(uuid4()), st.sampled_from(["one", "two", "three"]), NAMES, NAMES)
HEARD = st.lists(st.tuples(SAYINGS, st.floats(0, 300)), max_size=12).map(
    lambda heard: sorted(heard, key=lambda h: h[1])
)


def after(heard: list[tuple[Saying, float]]) -> Presence:
    presence = Presence()
    for saying, at in heard:
        presence.hear(saying, at)
    return presence


@given(SAYINGS)
@settings(max_examples=40)
def test_what_is_said_is_understood(saying: Saying) -> None:
    assert parse_saying(saying.encoded()) == saying


NAMELESS = json.dumps({"room": UUID(int=1).hex, "process": "p", "here": [""], "typing": []})


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"room": 1}', NAMELESS])
def test_what_nobody_of_ours_says_is_ignored(text: str) -> None:
    assert parse_saying(text) is None


@given(HEARD, st.floats(0, 400))
@settings(max_examples=40)
def test_somebody_is_here_exactly_while_their_process_says_so(heard: list[tuple[Saying, float]], now: float) -> None:
    heard = [(saying, at) for saying, at in heard if at <= now]
    latest = {saying.process: (saying, at) for saying, at in heard}
    expected = {name for saying, at in latest.values() if at + HERE_SECONDS > now for name in saying.here}
    assert after(heard).people(now) == expected


@given(HEARD, st.floats(0, 400))
@settings(max_examples=40)
def test_only_who_is_here_writes_and_not_for_long(heard: list[tuple[Saying, float]], now: float) -> None:
    heard = [(saying, at) for saying, at in heard if at <= now]
    presence = after(heard)
    lately = {name for saying, at in heard if at + TYPING_SECONDS > now for name in saying.typing}
    assert presence.writers(now) == lately & presence.people(now)
    presence.wrote(lately)
    assert presence.writers(now) == set()


@given(HEARD, st.floats(0, 400))
@settings(max_examples=40)
def test_the_frame_says_how_many_and_names_nobody_in_a_crowd(heard: list[tuple[Saying, float]], now: float) -> None:
    presence = after(heard)
    crowd = frozenset(f"Name {number}" for number in range(MOST_NAMES + 1))
    assert set(presence.frame(now)) == {"type", "count", "here", "typing"}
    presence.hear(Saying(uuid4(), "crowd", crowd, crowd), now)
    frame = presence.frame(now)
    assert frame["count"] > MOST_NAMES
    assert (frame["here"], frame["typing"]) == ([], [])


def test_a_forked_web_process_does_not_take_another_for_itself() -> None:
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        os.write(mouth, this_process().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ear, 100).decode() != this_process()
    os.close(ear), os.close(mouth)
