"""manage.py ingest: a folder or a file, with or without a manifest; refused ones are named, the rest goes in."""

import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from project import vault
from reviews.models import Clip
from tests.sound.recordings import recording

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lamp.wav").write_bytes(recording("wav"))
    (tmp_path / "mum.opus").write_bytes(recording("opus"))
    (tmp_path / "README.md").write_text("not a recording")
    return tmp_path


def run(*args: object) -> tuple[str, str, int]:
    """(output, errors, exit code)."""
    out, errors = StringIO(), StringIO()
    try:
        call_command("ingest", *map(str, args), stdout=out, stderr=errors)
    except CommandError as error:
        return out.getvalue(), f"{errors.getvalue()}{error}", error.returncode
    return out.getvalue(), errors.getvalue(), 0


def manifest(folder: Path, *lines: str, head: str = "file,locale,kind,transcript") -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join([head, *lines]))
    return path


def test_a_folder_goes_in_and_again_is_known(folder: Path) -> None:
    assert run(folder) == ("2 new, 0 known already, 0 refused.\n", "", 0)
    assert run(folder)[0].startswith("0 new, 2 known")
    assert Clip.objects.count() == 2


def test_a_single_file_goes_in(folder: Path) -> None:
    assert run(folder / "lamp.wav")[2] == 0
    assert Clip.objects.get().audio_format == "wav"


def test_a_manifest_says_what_is_known(folder: Path) -> None:
    rows = manifest(folder, "lamp.wav,en-US,speech,the lamp please", "mum.opus,en-gb,critical:payment_card,four one")
    assert run(folder, "--manifest", rows)[2] == 0
    lamp, mum = Clip.objects.get(locale="en-US"), Clip.objects.get(locale="en-GB")
    assert vault.open_text(lamp.pk, "clip.sealed_transcript", lamp.sealed_transcript) == "the lamp please"
    assert (lamp.predicted_categories, mum.predicted_categories) == ([], ["payment_card"])


def test_what_is_refused_is_named_with_the_reason_and_the_rest_goes_in(folder: Path) -> None:
    (folder / "broken.wav").write_bytes(b"")
    (folder / "page.mp3").write_bytes(b"<html></html>")
    out, errors, code = run(folder)
    assert out.startswith("2 new, 0 known already, 2 refused.")
    assert "broken.wav: The file is empty." in errors
    assert "page.mp3: " in errors
    assert code == 1


def test_a_wrong_checksum_a_missing_file_and_odd_fields_are_refused(folder: Path) -> None:
    good = hashlib.sha256(recording("wav")).hexdigest()
    rows = manifest(
        folder,
        f"lamp.wav,en-US,{good}",
        f"mum.opus,en-US,{good}",
        "gone.wav,en-US,",
        "lamp.wav,not a locale,",
        head="file,locale,sha256",
    )
    out, errors, code = run(folder, "--manifest", rows)
    assert out.startswith("1 new, 0 known already, 3 refused.")
    for part in ("mum.opus: its bytes", "gone.wav: No such file", "lamp.wav: not valid: locale"):
        assert part in errors
    assert code == 1


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/hostname", "..", "sub/../../secret.wav"])
def test_a_manifest_cannot_lead_out_of_its_folder(folder: Path, name: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (folder / "secret.wav").write_bytes(recording("wav"))
    out, _, code = run(inner, "--manifest", manifest(inner, f"{name},en-US,speech,x"))
    assert (out, code) == ("0 new, 0 known already, 1 refused.\n", 1)
    assert not Clip.objects.exists()


def test_no_content_is_printed(folder: Path) -> None:
    rows = manifest(folder, "lamp.wav,en-US,speech,my card is 4111", "mum.opus,!,speech,so secret")
    out, errors, _ = run(folder, "--manifest", rows)
    assert "4111" not in out + errors
    assert "secret" not in out + errors


def test_an_unusable_manifest_or_path_is_said_plainly(folder: Path) -> None:
    assert "no column `file`" in run(folder, "--manifest", manifest(folder, "x", head="name"))[1]
    assert "There is no" in run(folder / "nowhere")[1]
    assert "There is no manifest" in run(folder, "--manifest", folder / "none.csv")[1]
