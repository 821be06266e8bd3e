"""Files that were recordings, handed in as a source would: each is taken or refused in words, and nothing else breaks.

The decoder itself meets five thousand of them (tests/sound/test_apart.py); here they come over HTTP, a few hundred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.models import Clip
from tests.attacks.world import patient
from tests.sound.mutated import mutated
from tests.sound.recordings import recording

__all__ = ["patient"]  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patient"), pytest.mark.timeout(300)]

FILES = 200


def test_mutated_files_are_taken_or_refused(ingest_service: User, api_of: Callable[..., APIClient]) -> None:
    api = api_of(ingest_service, scope="ingest")
    api.raise_request_exception = False

    def hand_in(content: bytes) -> HttpResponse:
        form = {"external_ref": uuid4().hex, "audio": SimpleUploadedFile("a.wav", content)}
        answer: HttpResponse = api.post("/api/v1/clips/", form, format="multipart")
        return answer

    answers = [hand_in(content) for content in mutated(FILES, seed=7)]
    found = Counter(answer.status_code for answer in answers)
    assert set(found) <= {201, 413, 422}, found
    assert found[422] > FILES // 10  # most of them do break something
    told = {answer.json()["detail"] for answer in answers if answer.status_code != 201}
    assert len(told) < 20  # words of ours: nothing of the file, no path, no other program's message
    assert not [words for words in told if "/" in words.replace("bytes/s", "") or "Error" in words]
    assert Clip.objects.count() == found[201]
    assert hand_in(recording("flac", seconds=1)).status_code == 201  # and the next good one is taken
