"""Audio as it comes in: decoded whole in a process apart, measured, and all that is derived and kept.

Bytes in, plain data out; nothing is stored here.
"""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings

from project.problems import Refusal, TooLarge, Unavailable, UnsupportedAudio
from project.sound import BadSound, DecoderAway, Fault, Info, Limits, study_apart

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """A recording that was found whole. `sha256` is of the original bytes, in hex; `peaks` is a JSON document."""

    info: Info
    sha256: str
    softened: bytes
    peaks: bytes


def sha256_of(audio: bytes) -> str:
    return hashlib.sha256(audio).hexdigest()


def read_bounded(path: Path) -> bytes:
    """A file's bytes, never more than one beyond what is taken. Raises OSError.

    Only a file is read: a pipe would be waited for, and a link here was put there since the path was resolved.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a file")
        return file.read(settings.MAX_AUDIO_BYTES + 1)


def take_in(audio: bytes, limits: Limits, sha256: str | None = None) -> Intake:
    """`sha256` where it is known already.

    Raises UnsupportedAudio (422) with the fault's code in `fault`, TooLarge (413) for too many bytes, Unavailable
    (503) when no decoder can be had.
    """
    if len(audio) > limits.max_bytes:
        raise refusal_of(BadSound(Fault.TOO_LARGE))  # and is not carried anywhere
    try:
        found = study_apart(audio, limits)
    except BadSound as bad:
        if bad.fault is Fault.UNDECODABLE:
            log.warning("decoder.ended", bytes=len(audio))
        raise refusal_of(bad) from None
    except DecoderAway as error:
        raise Unavailable from error
    return Intake(found.info, sha256 or sha256_of(audio), found.softened, found.peaks)


def refusal_of(bad: BadSound) -> Refusal:
    """What whoever sent it is told."""
    kind = TooLarge if bad.fault is Fault.TOO_LARGE else UnsupportedAudio
    return kind(bad.said, fault=bad.fault.value)
