"""Recordings are decoded in a process apart: what a hostile one breaks there is a refusal here, and nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import threading

import pytest

from project.sound import BadSound, DecoderAway, Fault, Limits
from project.sound.apart import Bounds, Decoders
from project.sound.study import study
from tests.sound.mutated import mutated
from tests.sound.recordings import WRITTEN_AS, broken, recording, silent_flac, wav


@pytest.fixture(scope="module")
def decoders():
    made = Decoders(most=2)
    yield made
    made.close()


def limited(**how):
    return Decoders(most=1, bounds=Bounds(**how))


def awake(decoders):
    """The process of one that has begun to work; on a busy machine starting may take longer than it is given."""
    while not decoders.pids():
        with contextlib.suppress(DecoderAway):
            decoders.study(recording(), Limits(max_ms=2_000))
    return decoders.pids()[0]


@pytest.mark.parametrize("audio_format", WRITTEN_AS)
def test_apart_finds_what_is_found_here(audio_format, decoders):
    data = recording(audio_format)
    here, there = study(data, Limits()), decoders.study(data, Limits())
    assert (there.info, there.softened, there.peaks) == (here.info, here.softened, here.waveform.as_json())


@pytest.mark.parametrize("name", broken())
def test_what_is_broken_is_refused_with_the_same_reason(name, decoders):
    data, fault = broken()[name]
    with pytest.raises(BadSound) as caught:
        decoders.study(data, Limits())
    assert caught.value.fault == fault


def test_one_process_decodes_many_recordings(decoders):
    decoders.study(recording(), Limits())
    first = decoders.pids()
    for _ in range(5):
        decoders.study(recording(), Limits())
    assert decoders.pids() == first != []
    assert os.getpid() not in first


def test_a_decoder_that_was_killed_is_replaced_and_nobody_notices():
    decoders = limited()
    decoders.study(recording(), Limits())
    (pid,) = decoders.pids()
    os.kill(pid, signal.SIGKILL)
    assert decoders.study(recording(), Limits()).info.audio_format == "wav"
    assert decoders.pids() != [pid]
    decoders.close()


def test_a_bomb_of_memory_is_refused_and_the_next_recording_is_taken():
    """A rate that nothing divides makes resampling hold whole columns of numbers: hundreds of megabytes."""
    bomb = silent_flac(frames=202, rate=44_101, channels=1)  # five minutes
    assert len(bomb) < 200_000
    decoders = limited(memory=400 * 1024 * 1024)
    with pytest.raises(BadSound) as caught:
        decoders.study(bomb, Limits())
    assert caught.value.fault is Fault.UNDECODABLE
    assert decoders.study(recording(), Limits()).info.frames == 16_000
    decoders.close()


def test_a_bomb_of_time_ends_its_decoder_and_nothing_else():
    """Half an hour of eight channels in 180 kB: some twenty seconds' work for a processor that has two at most."""
    bomb = silent_flac(frames=5_000, rate=192_000, channels=8)
    assert len(bomb) < 250_000
    decoders = limited(cpu_seconds=1)
    with pytest.raises(BadSound) as caught:
        decoders.study(bomb, Limits(max_samples=2**40))
    assert caught.value.fault is Fault.UNDECODABLE
    assert decoders.study(recording(), Limits()).info.frames == 16_000
    decoders.close()


def test_a_decoder_that_stands_still_is_given_up_without_blaming_the_recording():
    decoders = limited(seconds=4.0)
    pid = awake(decoders)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(DecoderAway):
        decoders.study(recording(seconds=8.0), Limits())
    assert decoders.pids() == []
    decoders.close()


def test_a_header_of_two_gibibytes_allocates_none_of_it(decoders):
    for claimed in (2**31 - 1, 2**31, 2**32 - 16):
        with pytest.raises(BadSound):
            decoders.study(wav(claimed=claimed), Limits())
    assert peak_mb(decoders) < 400


def test_nested_chunks_are_walked_not_climbed_into(decoders):
    """Thousands of lists in lists before the samples: no recursion, no quadratic walk."""
    plain, nest = wav(), b""
    for _ in range(2_000):
        nest = b"LIST" + (len(nest) + 4).to_bytes(4, "little") + b"adtl" + nest
    data = plain[:36] + nest + plain[36:]
    assert decoders.study(data, Limits()).info.frames == 128


def test_a_decoder_sees_no_environment_of_ours_and_may_write_no_file(decoders, monkeypatch):
    decoders.study(recording(), Limits())
    pid = decoders.pids()[0]
    with open(f"/proc/{pid}/environ", "rb") as file:
        names = {pair.partition(b"=")[0] for pair in file.read().split(b"\0") if pair}
    assert names <= {b"OPENBLAS_NUM_THREADS", b"PYTHONDONTWRITEBYTECODE", b"LC_CTYPE"}
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        limits = {line[:26].strip(): line[26:47].strip() for line in file}
    assert limits["Max file size"] == limits["Max core file size"] == limits["Max processes"] == "0"
    assert int(limits["Max address space"]) == Bounds().memory
    others = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
    assert {other.partition(":")[0] for other in others if other != "/dev/null"} == {"socket"}


def test_five_thousand_mutated_files_crash_nothing_and_leak_nothing(decoders):
    """Each is decoded whole or refused with a reason. By two threads, as a web process does it."""
    before, outcomes = len(os.listdir("/proc/self/fd")), {"taken": 0}
    lock, files = threading.Lock(), mutated(5_000, seed=20_261_128)

    def work() -> None:
        while True:
            with lock:
                data = next(files, None)
            if data is None:
                return
            try:
                decoders.study(data, Limits(max_ms=60_000))
                outcome = "taken"
            except BadSound as bad:
                outcome = bad.fault.value
            except Exception as error:  # what this test looks for: it is told by its kind
                outcome = f"CRASH {error!r}"
            with lock:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes.values()) == 5_000
    assert not [name for name in outcomes if name.startswith("CRASH") or name == "undecodable"], outcomes
    assert outcomes["taken"] > 100, outcomes
    assert len(set(outcomes) - {"taken"}) >= 4, outcomes
    assert len(os.listdir("/proc/self/fd")) <= before + 2
    assert peak_mb(decoders) < 400


def peak_mb(decoders: Decoders) -> float:
    """The most memory that any of them ever held."""
    most = 0
    for pid in decoders.pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            most = max(most, *(int(line.split()[1]) for line in file if line.startswith("VmHWM")))
    return most / 1024
