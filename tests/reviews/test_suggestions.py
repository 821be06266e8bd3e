"""Suggested spans: what may be critical data in a transcript, and roughly when it is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.sound.peaks import Outline
from reviews.demo.speech import Speaker, Voice, in_a_room
from reviews.suggestions import SpeechClock, suggest

SECOND = 16_000
SAID = [
    ("en-us", "hello, can you note down that my card number is ", "4111 1111 1111 1111", " and send it to the shop"),
    ("en-us", "my card number is ", "four one one one, one one one one, one one one one, one one one one", ""),
    (
        "en-us",
        "call me on ",
        "zero seven seven double oh nine hundred one two three",
        " that is my new number, bye",
    ),
    ("en-us", "we moved last week, there is a garden, and we live at ", "twelve maple street", " close to the school"),
    ("ro", "numărul meu e ", "zero șapte patru zero unu doi trei patru cinci șase", " sună-mă după ce ajungi acasă"),
    ("es", "vivo en la ", "calle Mayor veintitrés", " y puedes venir mañana por la tarde"),
    ("de", "hallo, meine Kontonummer ist ", "sieben acht neun null eins zwei drei vier", " danke, bis morgen"),
]


def spoken(speaker: Speaker, voice: Voice, parts: tuple[str, ...]) -> tuple[list[int], int, float, float]:
    """Peaks and length of these words after a second of silence, and when the middle part begins and ends, in ms."""
    said = [speaker.say(part, voice) if part else np.zeros(0, np.float32) for part in parts]
    sound = in_a_room(np.concatenate([np.zeros(SECOND, np.float32), *said]), seed=len(parts[0]))
    outline = Outline(SECOND, len(sound))
    outline.feed(sound.astype(np.float32))
    begins = SECOND + len(said[0])
    waveform = outline.waveform()
    return waveform.peaks, waveform.duration_ms, begins / 16, (begins + len(said[1])) / 16


def test_the_guess_lies_where_it_is_said() -> None:
    """Measured on synthesised speech in four languages at three speeds: how much of what is said lies in the guess."""
    speaker, covered, off = Speaker(), [], []
    for rate in (130, 160, 200):
        for name, *parts in SAID:
            peaks, duration, begins, ends = spoken(speaker, Voice(name, rate=rate), tuple(parts))
            (found,) = suggest("".join(parts), peaks, duration)
            overlap = min(found.end_ms, ends) - max(found.start_ms, begins)
            covered.append(overlap / (ends - begins))
            off += [abs(found.start_ms - begins), abs(found.end_ms - ends)]
    least, mean, edges = min(covered), np.mean(covered), np.median(off)
    print(f"covered: {least:.0%} at least, {mean:.0%} on average; edges off by {edges:.0f} ms (median)")
    assert min(covered) > 0.75
    assert np.median(off) < 1000


def test_it_says_what_and_where_in_the_text() -> None:
    text = "Așa: my card is 4111 1111 1111 1111, mail to a@b.example, thanks"
    card, mail = suggest(text, [-90, 90] * 100, 10_000)
    assert (card.category, text[card.start : card.end]) == ("payment_card", "4111 1111 1111 1111")
    assert (mail.category, text[mail.start : mail.end]) == ("email", "a@b.example")
    assert 0 < card.start_ms < mail.start_ms < mail.end_ms <= 10_000


@pytest.mark.parametrize("text", ["", "turn on the light", "clip 4711 is done", "see https://example.org/4111"])
def test_nothing_is_suggested_where_there_is_nothing(text: str) -> None:
    assert suggest(text, [-90, 90] * 100, 10_000) == []


def test_silence_takes_no_part_of_the_speech() -> None:
    quiet, loud = [-1, 1] * 50, [-90, 90] * 50
    clock = SpeechClock([*quiet, *loud, *quiet, *loud], 20_000)
    assert (clock.at(0.0), clock.at(0.25), clock.at(0.75), clock.at(1.0)) == (5000, 7500, 17_500, 20_000)


def test_a_recording_of_silence_gives_a_guess_all_the_same() -> None:
    (found,) = suggest("it is 4111 1111 1111 1111", [0, 0] * 10, 5000)
    assert 0 <= found.start_ms < found.end_ms <= 5000


@given(
    st.text(alphabet="4 1one,abc@.d", max_size=200),
    st.lists(st.integers(-128, 127), max_size=60),
    st.integers(1, 10**6),
)
def test_every_guess_lies_inside_the_recording(text: str, peaks: list[int], duration: int) -> None:
    for found in suggest(text, peaks, duration):
        assert 0 <= found.start_ms < found.end_ms <= duration
        assert 0 <= found.start < found.end <= len(text)
