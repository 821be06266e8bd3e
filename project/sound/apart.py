"""Decoding in a process apart: whatever a hostile file does to a decoder, it does it there.

A few decoders per process, started when first needed and kept: a fork and NumPy's import for every recording would
cost more than most recordings. Each has limits of processor time, memory and files (`project.sound.decoder`), an empty
environment and one socket. What it answers is numbers and bytes, bounded and never unpickled: a decoder that a file
has taken over can lie about that file and reach nothing of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from project.sound.found import CONTENT_TYPES, Info
from project.sound.limits import BadSound, Fault, Limits

REQUEST: Final = struct.Struct("!7Q")  # bytes of the recording, then the six limits
ANSWER: Final = struct.Struct("!3Q")  # bytes of the JSON head, of the softened copy, of the waveform
MOST_HEAD: Final = 1024
MOST_SOFTENED: Final = 128 * 1024 * 1024  # 30 minutes of 16 bit at 16 kHz are 58 MB, and FLAC adds little to noise
MOST_PEAKS: Final = 64 * 1024
_ROOT: Final = Path(__file__).resolve().parents[2]


class DecoderAway(RuntimeError):
    """No decoder could be had, or it was not done in time though it had processor time left: try again later."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a decoder made of a recording: `softened` is a FLAC file, `peaks` the waveform's JSON."""

    info: Info
    softened: bytes
    peaks: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one recording. 30 minutes of four channels at 48 kHz, all that is taken, took 7 s of processor and 393 MB of
    address space when these were set."""

    cpu_seconds: int = 60
    seconds: float = 180.0  # by the clock: a machine may be busy
    memory: int = 1536 * 1024 * 1024  # of address space
    recordings: int = 5_000  # of one decoder, so that what a codec leaks is given back


class _Died(Exception):
    """The decoder ended amid a recording. `by_limit`: the kernel ended it for its use of the processor."""

    def __init__(self, *, by_limit: bool) -> None:
        super().__init__()
        self.by_limit = by_limit


class Decoders:
    """At most `most` decoders of this process; safe among threads."""

    def __init__(self, most: int = 0, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._room = threading.BoundedSemaphore(most or min(4, os.cpu_count() or 1))
        self._idle: list[_Decoder] = []

    def study(self, data: bytes, limits: Limits) -> Found:
        """Decode whole, soften, outline. Raises BadSound, DecoderAway.

        A decoder that dies is tried once more with a fresh one: it may have been ended by somebody else.
        """
        for attempt in (1, 2):
            try:
                with self._decoder() as decoder:
                    return decoder.study(data, limits)
            except _Died as died:
                if died.by_limit or attempt == 2:
                    break
        raise BadSound(Fault.UNDECODABLE)

    def pids(self) -> list[int]:
        """Of those that wait for work."""
        return [decoder.pid for decoder in list(self._idle)]

    def close(self) -> None:
        while self._idle:
            self._idle.pop().end()

    @contextlib.contextmanager
    def _decoder(self) -> Iterator[_Decoder]:
        """One that nobody else uses; whatever goes wrong with it, it is not used again."""
        if not self._room.acquire(timeout=self._bounds.seconds):
            raise DecoderAway
        try:
            decoder = self._take()
            try:
                yield decoder
            except BadSound:
                self._put(decoder)
                raise
            except BaseException:
                decoder.end()
                raise
            self._put(decoder)
        finally:
            self._room.release()

    def _take(self) -> _Decoder:
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        return _Decoder(self._bounds)

    def _put(self, decoder: _Decoder) -> None:
        if decoder.done < self._bounds.recordings:
            self._idle.append(decoder)
        else:
            decoder.end()


class _Decoder:
    """One process and our end of its socket. Raises DecoderAway where none can be started."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds, self.done = bounds, 0
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "project.sound.decoder", str(bounds.cpu_seconds), str(bounds.memory)]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own module, two numbers
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            )
        except OSError as error:
            self._socket.close()
            raise DecoderAway from error
        finally:
            theirs.close()
        self.pid = self._process.pid

    def study(self, data: bytes, limits: Limits) -> Found:
        """Raises BadSound, DecoderAway, _Died."""
        deadline = time.monotonic() + self._bounds.seconds
        self.done += 1
        try:
            self._send(REQUEST.pack(len(data), *astuple(limits)), data, deadline)
            sizes = ANSWER.unpack(self._receive(ANSWER.size, deadline))
            if any(size > most for size, most in zip(sizes, (MOST_HEAD, MOST_SOFTENED, MOST_PEAKS), strict=True)):
                raise _Died(by_limit=False)
            head, softened, peaks = [self._receive(size, deadline) for size in sizes]
        except TimeoutError as error:
            raise DecoderAway from error
        except OSError as error:
            raise _Died(by_limit=self._how_it_ended() == -signal.SIGXCPU) from error
        return Found(_info_of(head, len(data)), softened, peaks)

    def end(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _send(self, head: bytes, data: bytes, deadline: float) -> None:
        for part in (head, data):
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            self._socket.sendall(part)

    def _receive(self, size: int, deadline: float) -> bytes:
        found = bytearray(size)
        view = memoryview(found)
        while view:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            count = self._socket.recv_into(view)
            if not count:
                raise ConnectionResetError
            view = view[count:]
        return bytes(found)

    def _how_it_ended(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(5)
        return None


def _info_of(head: bytes, byte_size: int) -> Info:
    """What the decoder says, not believed beyond what could be: it may not be itself any more."""
    try:
        said = json.loads(head)
        if "fault" in said:
            raise BadSound(Fault(said["fault"]))
        numbers = [said["sample_rate"], said["channels"], said["frames"]]
        if said["audio_format"] in CONTENT_TYPES and all(type(number) is int and number > 0 for number in numbers):
            rate, channels, frames = numbers
            return Info(said["audio_format"], rate, channels, frames, byte_size)
    except BadSound:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise _Died(by_limit=False) from error
    raise _Died(by_limit=False)


_shared = Decoders()


def study_apart(data: bytes, limits: Limits) -> Found:
    """By one of this process's decoders. Raises BadSound, DecoderAway."""
    return _shared.study(data, limits)


def _begin_anew() -> None:
    """A fork has its parent's sockets and locks, and must use neither."""
    global _shared
    _shared = Decoders()


os.register_at_fork(after_in_child=_begin_anew)
