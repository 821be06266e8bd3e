"""The softened copy and the waveform: gentler in every measure, true to the length."""

import io
import json

import numpy as np
import pytest
import soundfile as sf

from project.sound import Limits
from project.sound.filters import LowPass, limit, low_pass_taps, thinner
from project.sound.silence import silence_spans
from project.sound.soften import CEILING
from project.sound.study import study
from tests.sound.recordings import WRITTEN_AS, recording, tone, written


def softened(data: bytes) -> tuple[np.ndarray, int]:
    return sf.read(io.BytesIO(study(data, Limits()).softened))


def level(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-9))


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 44_056, 4_000])
def test_it_is_mono_flac_of_at_most_16_khz_and_as_long_as_the_original(rate: int) -> None:
    data = recording(rate=rate, channels=2, seconds=1.7)
    quiet, found = softened(data)
    assert quiet.ndim == 1
    assert found <= 16_000
    assert len(quiet) / found == pytest.approx(1.7, abs=0.002)


@pytest.mark.parametrize("loudness", [0.02, 0.1, 0.3, 0.99])
def test_it_is_at_one_level_and_never_louder_than_the_original(loudness: float) -> None:
    data = recording(level=loudness)
    quiet, _ = softened(data)
    assert level(quiet) <= level(tone(level=loudness)) + 0.1
    assert level(quiet) <= -35.0 + 0.5


def test_a_scream_in_a_whisper_stays_under_the_ceiling() -> None:
    samples = tone(seconds=4, level=0.01)
    samples[30_000:31_000] = np.sign(samples[30_000:31_000])
    quiet, _ = softened(written(samples, 16_000, "WAV", "PCM_16"))
    assert np.abs(quiet).max() <= CEILING + 1e-3


def test_no_sound_above_the_telephone_band_is_left() -> None:
    sharp = recording(rate=48_000, hertz=6_000, level=0.9)
    quiet, _ = softened(sharp)
    assert level(quiet[400:-400]) < -80  # its edges are cut hard, and a cut has every frequency


def test_the_filter_gives_the_same_in_blocks_as_in_one_piece() -> None:
    samples = tone(seconds=1, rate=48_000).astype(np.float32)
    whole, parts = LowPass(48_000), LowPass(48_000)
    once = np.concatenate([whole.feed(samples), whole.flush()])
    bits = [parts.feed(samples[at : at + 777]) for at in range(0, len(samples), 777)]
    assert np.allclose(once, np.concatenate([*bits, parts.flush()]), atol=1e-5)
    assert len(once) == 8_000


@pytest.mark.parametrize("rate", [7_000, 8_000, 11_025, 16_000, 44_100, 48_000, 192_000])
def test_the_filter_computes_what_a_plain_convolution_would(rate: int) -> None:
    samples = np.random.default_rng(rate).standard_normal(rate // 2).astype(np.float32)
    ours = LowPass(rate)
    plain = np.convolve(samples.astype(np.float64), low_pass_taps(rate).astype(np.float64), "full")
    kept = plain[len(low_pass_taps(rate)) // 2 :][: len(samples)][:: thinner(rate)]
    assert np.allclose(np.concatenate([ours.feed(samples), ours.flush()]), kept, atol=1e-4)


def test_the_limiter_holds_its_ceiling_at_every_sample_without_clipping_hard() -> None:
    noise = np.random.default_rng(1).normal(0, 0.5, 50_000).astype(np.float32)
    assert np.abs(limit(noise, 80, 0.25)).max() <= 0.25


def test_the_waveform_has_some_800_pairs_and_marks_what_is_loud() -> None:
    samples = tone(seconds=6, level=0.05)
    samples[32_000:36_000] = tone(seconds=0.25, level=0.9)
    wave = study(written(samples, 16_000, "WAV", "PCM_16"), Limits()).waveform
    assert 2 * 400 <= len(wave.peaks) <= 2 * 800
    assert max(wave.peaks) > 100 > 20 > -100 > min(wave.peaks)
    assert wave.duration_ms == 6000
    (start, end), *rest = wave.loud
    assert not rest
    assert (start, end) == (pytest.approx(2000, abs=60), pytest.approx(2250, abs=60))


def test_a_single_sample_has_a_waveform_and_a_softened_copy() -> None:
    found = study(written(np.array([0.5]), 8_000, "WAV", "PCM_16"), Limits())
    assert found.info.duration_ms == 1
    assert len(found.waveform.peaks) == 2


@pytest.mark.parametrize("audio_format", WRITTEN_AS)
def test_silenced_spans_are_silent_and_the_rest_is_as_long_as_before(audio_format: str) -> None:
    data = recording(audio_format, seconds=2, rate=48_000)
    changed = silence_spans(data, [(500, 900), (850, 1000)], Limits())
    before, _ = sf.read(io.BytesIO(data))
    after, rate = sf.read(io.BytesIO(changed))
    assert abs(len(after) - len(before)) <= 2304
    exact = audio_format in {"wav", "flac"}
    assert level(after[rate * 510 // 1000 : rate * 990 // 1000]) < (-150 if exact else -35)
    if exact:
        assert np.array_equal(after[: rate * 490 // 1000], before[: rate * 490 // 1000])
        assert not after[rate // 2 : rate].any()


def test_the_waveforms_own_writing_is_the_json_that_a_library_writes() -> None:
    samples = np.concatenate([tone(seconds=4, level=0.02), tone(seconds=1, level=0.9)])
    wave = study(written(samples, 16_000, "WAV", "PCM_16"), Limits()).waveform
    said = {"peaks": wave.peaks, "loud": [list(span) for span in wave.loud], "duration_ms": wave.duration_ms}
    assert wave.as_json() == json.dumps(said, separators=(",", ":")).encode()
    assert said["loud"]
