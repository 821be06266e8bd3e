"""Names that lead elsewhere: of static files, and of what is handed in. (Manifests and bags: tests of their own.)"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.models import Clip
from tests.sound.recordings import recording

pytestmark = pytest.mark.django_db

ELSEWHERE = (
    "../manage.py", "%2e%2e/manage.py", "..%2fmanage.py", "..%5cmanage.py", "....//manage.py", "/etc/hostname",
    "css/../../../manage.py", "css/..%2f..%2f..%2fmanage.py", "%00", "tokens.css%00.py", "//etc/hostname",
)  # fmt: skip


def test_a_static_file_is_there() -> None:
    """If this fails, the test below proves nothing."""
    assert Client().get("/static/tokens.css").status_code == 200
    assert (Path(__file__).parents[2] / "manage.py").exists()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_static_address_leads_out_of_its_folder(name: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get(f"/static/{name}")
    assert answer.status_code in {301, 302, 400, 404}
    assert b"django" not in answer.getvalue() or answer.status_code != 200


def test_the_name_of_a_file_that_is_handed_in_names_nothing(
    ingest_service: User, api_of: Callable[..., APIClient], tmp_path: Path
) -> None:
    api = api_of(ingest_service, scope="ingest")
    planted = tmp_path / "planted.wav"
    for name in (str(planted), f"../../../../../..{planted}", "a/../b.wav", "nul\r\nX-Evil: 1.wav", "x" * 200):
        audio = SimpleUploadedFile("a.wav", recording("wav", seconds=1))
        audio._name = name  # as it came, before Django shortens it to its last part
        form = {"external_ref": uuid4().hex, "audio": audio}
        assert api.post("/api/v1/clips/", form, format="multipart").status_code == 201, name
    assert not planted.exists()
    assert Clip.objects.count() == 5
