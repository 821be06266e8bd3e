"""A recording is decoded from first to last sample or refused with the reason; its name is never asked."""

from contextlib import suppress

import pytest

from project.sound import CONTENT_TYPES, BadSound, Fault, Limits
from project.sound.decode import decode
from project.sound.study import study
from tests.sound.recordings import WRITTEN_AS, broken, recording, wav


@pytest.mark.parametrize("audio_format", WRITTEN_AS)
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 2), (48_000, 1)])
def test_every_format_is_known_by_decoding(audio_format: str, rate: int, channels: int) -> None:
    info = decode(recording(audio_format, rate=rate, channels=channels), Limits())
    assert (info.audio_format, info.sample_rate, info.channels) == (audio_format, rate, channels)
    assert info.duration_ms == pytest.approx(1000, abs=120)  # MP3 and Opus pad to whole frames
    assert audio_format in CONTENT_TYPES


@pytest.mark.parametrize("name", broken())
def test_what_is_broken_is_refused_with_the_reason(name: str) -> None:
    data, fault = broken()[name]
    with pytest.raises(BadSound) as caught:
        study(data, Limits())
    assert caught.value.fault == fault
    assert caught.value.said.endswith(".")


def test_more_bytes_than_are_taken() -> None:
    with pytest.raises(BadSound) as caught:
        decode(recording(), Limits(max_bytes=1000))
    assert caught.value.fault is Fault.TOO_LARGE


def test_longer_than_is_taken_is_found_while_decoding() -> None:
    with pytest.raises(BadSound) as caught:
        decode(recording("flac", seconds=2), Limits(max_ms=1_500))
    assert caught.value.fault is Fault.TOO_LONG


def test_long_silence_that_packs_small_is_bounded_by_samples() -> None:
    bomb = recording("flac", seconds=20, channels=8, level=0.0)
    assert len(bomb) < 50_000
    with pytest.raises(BadSound) as caught:
        decode(bomb, Limits(max_samples=1_000_000))
    assert caught.value.fault is Fault.TOO_DENSE


def test_a_chunk_after_the_samples_may_be_missing_its_end_but_one_before_may_not() -> None:
    assert decode(wav() + b"LIST\xff\xff\xff\x00", Limits()).frames == 128
    early = wav()
    with pytest.raises(BadSound):
        decode(early[:36] + b"LIST\xff\xff\xff\x00" + early[36:], Limits())


def test_an_id3_tag_before_and_after_an_mp3_is_no_damage() -> None:
    mp3 = recording("mp3")
    tagged = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + mp3 + b"TAG" + bytes(125)
    assert decode(tagged, Limits()).audio_format == "mp3"


def test_every_one_byte_cut_and_many_flips_are_refused_or_decoded_never_anything_else() -> None:
    """A hundred cuts and flips of each format: BadSound or a whole decode, no other exception."""
    for audio_format in WRITTEN_AS:
        data = recording(audio_format, seconds=0.3)
        for step in range(100):
            at = len(data) * step // 100
            for changed in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
                with suppress(BadSound):
                    study(changed, Limits())
