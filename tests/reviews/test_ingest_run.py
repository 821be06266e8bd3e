"""A manifest as a run: staged once, each batch done once, whoever does it, and what is refused is reported."""

import csv
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from project import vault
from project.ledger.models import Entry
from project.vault.blobs import FileStore
from project.vault.models import DataKey
from reviews.actions import ingest_runs, ingest_work
from reviews.actions.erasures import order_erasure
from reviews.actions.ingest_runs import forget_old_runs, open_run, stage, totals
from reviews.actions.ingest_work import (
    LEASE,
    MOST_ATTEMPTS,
    ManifestChanged,
    announce,
    claim,
    do_batch,
    sweep_ingests,
    work_announced,
)
from reviews.erasure_states import Reason
from reviews.ingest_report import Progress
from reviews.models import Clip, IngestBatch, IngestRefusal, IngestRun
from reviews.models.ingests import IngestState
from tests.reviews.test_ingest_command import run as command
from tests.sound.recordings import recording

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_runs, "LINES_A_BATCH", 4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten recordings, each another."""
    for number in range(10):
        (tmp_path / f"{number}.wav").write_bytes(recording(seconds=0.1 + number / 100))
    return tmp_path


def manifest(folder: Path, *rows: str, head: str = "file,external_ref,transcript") -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join([head, *(rows or [f"{n}.wav,ref-{n},my secret {n}" for n in range(10)])]) + "\n")
    return path


def staged(folder: Path, path: Path, now: datetime) -> IngestRun:
    run, _ = open_run(folder, path, now=now)
    for _ in stage(run, now=now):
        pass
    run.refresh_from_db()
    return run


def test_it_hands_all_in_and_again_all_is_known(folder: Path) -> None:
    path = manifest(folder)
    assert command(folder, "--manifest", path, "--here") == ("10 new, 0 known already, 0 refused.\n", "", 0)
    assert command(folder, "--manifest", path)[0] == "0 new, 10 known already, 0 refused.\n"
    assert Clip.objects.count() == Entry.objects.filter(event="clip.ingested").count() == 10
    clip = Clip.objects.first()
    assert clip is not None
    assert vault.open_text(clip.pk, "clip.sealed_transcript", clip.sealed_transcript or b"").startswith("my secret")
    for part in ("audio", "softened", "peaks"):
        with vault.open_blob(clip.pk, part) as blob:
            assert blob.size


def test_the_database_holds_nothing_of_the_manifest(folder: Path) -> None:
    command(folder, "--manifest", manifest(folder, "0.wav,ref-0,my secret", "gone.wav,ref-1,my secret"))
    held = [*IngestRun.objects.values(), *IngestBatch.objects.values(), *IngestRefusal.objects.values()]
    text = json.dumps(held, default=str) + json.dumps([entry.facts for entry in Entry.objects.all()])
    assert not any(word in text for word in ("secret", "ref-0", "ref-1", "gone.wav"))


def test_what_is_refused_is_reported_in_order_with_its_reason(folder: Path, tmp_path: Path, now: datetime) -> None:
    erased = Clip.objects.filter(external_ref_hmac=vault.lookup_hmac("external_ref", "ref-9"))
    command(folder, "--manifest", manifest(folder, "9.wav,ref-9,x"))
    order_erasure(erased.select_for_update().get(), Reason.SOURCE_WITHDRAWN, actor=None, now=now)
    erased.update(state="erased", sha256=None, sealed_source=None, sealed_transcript=None)
    (folder / "broken.wav").write_bytes(recording()[:-1000])
    os.mkfifo(folder / "pipe.wav")
    rows = [
        "0.wav,ref-0,x", "gone.wav,ref-1,x", "broken.wav,ref-2,x", '1.wav,ref-3,"open', "../x.wav,ref-4,x",
        "2.wav,ref-0,x", "9.wav,ref-9,x", "pipe.wav,ref-5,x", "0.wav,ref-0,x",
    ]  # fmt: skip
    report = tmp_path / "report.csv"
    out, errors, code = command(folder, "--manifest", manifest(folder, *rows), "--report", report)
    assert out == "1 new, 1 known already, 1 erased before, 6 refused.\n"
    assert code == 1
    with report.open() as file:
        found = list(csv.DictReader(file))
    assert [(row["line"], row["file"], row["code"]) for row in found] == [
        ("3", "gone.wav", "unreadable-file"), ("4", "broken.wav", "truncated"), ("5", "", "unreadable-line"),
        ("6", "../x.wav", "unreadable-line"), ("7", "2.wav", "external-ref-taken"), ("8", "9.wav", "clip-erased"),
        ("9", "pipe.wav", "unreadable-file"),
    ]  # fmt: skip
    assert found[0]["external_ref"] == "ref-1"
    assert report.stat().st_mode & 0o777 == 0o600
    assert "line 4, broken.wav: " in errors
    again = tmp_path / "again.csv"
    newest = IngestRun.objects.order_by("-started_at")[0]
    assert command("--status", newest.pk, "--report", again)[2] == 0
    assert again.read_text() == report.read_text()


def test_an_interrupted_run_goes_on_where_it_was(folder: Path, now: datetime) -> None:
    path = manifest(folder)
    run = staged(folder, path, now)
    first = claim(run.pk, now=now)
    assert first is not None
    do_batch(first, now=now)
    out, errors, _ = command(folder, "--manifest", path)
    assert f"Going on with run {run.pk}: 4 of 10 lines were done." in errors
    assert out == "10 new, 0 known already, 0 refused.\n"
    run.refresh_from_db()
    assert run.state == IngestState.FINISHED
    assert Entry.objects.filter(event="ingest.ended").count() == 1


def test_staging_goes_on_where_it_was_killed(folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_runs, "_BATCHES_AT_ONCE", 1)
    path = manifest(folder)
    run, _ = open_run(folder, path, now=now)
    next(stage(run, now=now))
    again, goes_on = open_run(folder, path, now=now)
    assert (again.pk, goes_on, totals(again).lines) == (run.pk, True, 4)
    assert list(stage(again, now=now)) == [8, 10, 10]
    assert list(IngestBatch.objects.order_by("number").values_list("first_line", "lines")) == [(2, 4), (6, 4), (10, 2)]


def test_two_who_stage_at_once_stage_every_line_once(folder: Path, now: datetime) -> None:
    path = manifest(folder)
    one, _ = open_run(folder, path, now=now)
    two, _ = open_run(folder, path, now=now)
    for _ in stage(one, now=now):
        pass
    assert list(stage(two, now=now)) == [10]
    assert IngestBatch.objects.count() == 3


def test_batches_are_bounded_in_bytes_of_sound_too(
    folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_runs, "BYTES_A_BATCH", 8_000)
    staged(folder, manifest(folder), now)
    batches = IngestBatch.objects.order_by("number")
    assert all(batch.audio_bytes <= 8_000 or batch.lines == 1 for batch in batches)
    assert sum(batch.lines for batch in batches) == 10


def test_a_batch_is_one_persons_until_its_time_is_over(folder: Path, now: datetime) -> None:
    run = staged(folder, manifest(folder), now)
    first = claim(run.pk, now=now)
    others = [claim(run.pk, now=now), claim(run.pk, now=now), claim(run.pk, now=now)]
    assert first is not None
    assert others[2] is None
    assert len({first.pk, *(other.pk for other in others[:2] if other)}) == 3
    later = claim(run.pk, now=now + LEASE)
    assert later is not None
    assert later.pk == first.pk
    assert later.attempts == 2
    do_batch(later, now=now + LEASE)
    do_batch(first, now=now + LEASE)  # the slow one comes back: its lease is another's by now
    assert Clip.objects.count() == totals(run).new == 4
    assert DataKey.objects.filter(kind="clip").count() == 4, "what the slow one sealed was taken back"


def test_a_full_disk_leaves_nothing_half_in_and_the_same_command_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real, puts = manifest(folder), FileStore._put, []

    def full(store: FileStore, object_id: Any, part: str, chunks: Any) -> Any:
        puts.append(object_id)
        if len(puts) > 20:
            raise OSError(28, "No space left on device")
        return real(store, object_id, part, chunks)

    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "_put", full)
        _, errors, code = command(folder, "--manifest", path, "--here")
    assert "No space left on device" in errors
    assert "the same command goes on" in errors
    assert code == 1
    assert Clip.objects.count() == DataKey.objects.filter(kind="clip").count() == 4
    stored = {object_id for object_id, _ in FileStore(Path(os.environ["VAULT_URL"])).everything()}
    assert stored & set(puts) == set(Clip.objects.values_list("pk", flat=True))
    IngestBatch.objects.update(leased_until=None)  # the pause before the next attempt
    assert command(folder, "--manifest", path, "--here")[0] == "10 new, 0 known already, 0 refused.\n"


def test_a_commit_that_may_have_happened_is_not_taken_back(
    folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = staged(folder, manifest(folder), now)
    batch = claim(run.pk, now=now)
    assert batch is not None

    def lost(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(ingest_work, "_done", lost)
    with pytest.raises(OperationalError):
        do_batch(batch, now=now)
    assert DataKey.objects.filter(kind="clip").count() == 4, (
        "keys without clips are swept; the other way round is a loss"
    )


def test_what_kills_everybody_who_tries_it_is_given_up(folder: Path, now: datetime) -> None:
    run = staged(folder, manifest(folder), now)
    for attempt in range(MOST_ATTEMPTS):
        assert claim(run.pk, now=now + attempt * LEASE) is not None
        IngestBatch.objects.exclude(number=0).update(leased_until=now + timedelta(days=1))
    last = claim(run.pk, now=now + MOST_ATTEMPTS * LEASE)
    assert last is not None
    do_batch(last, now=now)
    assert totals(run).refused == 4
    assert set(IngestRefusal.objects.values_list("code", flat=True)) == {"given-up"}


def test_a_manifest_that_changes_meanwhile_stops_the_run(folder: Path, now: datetime) -> None:
    path = manifest(folder)
    run = staged(folder, path, now)
    path.write_text(path.read_text().replace("secret", "sacred"))
    os.utime(path, ns=(run.modified_ns, run.modified_ns))
    batch = claim(run.pk, now=now)
    assert batch is not None
    with pytest.raises(ManifestChanged):
        do_batch(batch, now=now)
    run.refresh_from_db()
    assert run.state == IngestState.STOPPED
    assert command(folder, "--manifest", path)[0] == "10 new, 0 known already, 0 refused.\n"


def test_a_worker_that_does_not_see_the_folder_leaves_it_to_others(folder: Path, now: datetime) -> None:
    path = manifest(folder)
    run = staged(folder, path, now)
    hidden = path.rename(folder / "hidden.csv")
    first = IngestBatch.objects.order_by("number")[0]
    work_announced(first.pk, now=now)
    first.refresh_from_db()
    run.refresh_from_db()
    assert (first.done_at, first.attempts) == (None, 0)
    assert run.unreachable_at == now
    assert "does not see" in command("--status", run.pk)[0]
    hidden.rename(path)
    work_announced(first.pk, now=now + LEASE)
    assert totals(run).new == 4


def test_only_a_few_batches_are_on_their_way_at_a_time(
    folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight, however often and by whom they are announced: a run of 10,000 batches must not fill the workers' queue."""
    monkeypatch.setattr(ingest_work, "ANNOUNCED_AT_ONCE", 2)
    run = staged(folder, manifest(folder), now)
    assert announce(run.pk, now=now) == 2
    assert announce(run.pk, now=now) == sweep_ingests(now=now) == 0
    first = IngestBatch.objects.order_by("number")[0]
    work_announced(first.pk, now=now)
    assert IngestBatch.objects.filter(announced_at=now).count() == 3
    assert sweep_ingests(now=now + timedelta(minutes=4)) == 2, "what no worker took up is announced again"


def test_a_worker_told_twice_does_it_once(folder: Path, now: datetime) -> None:
    run = staged(folder, manifest(folder), now)
    first = IngestBatch.objects.order_by("number")[0]
    work_announced(first.pk, now=now)
    work_announced(first.pk, now=now)
    assert totals(run).new == Clip.objects.count() == 4


def test_what_it_costs_the_database_does_not_grow_with_the_lines_of_a_batch(
    folder: Path, now: datetime, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_runs, "LINES_A_BATCH", 10)
    run = staged(folder, manifest(folder), now)
    batch = claim(run.pk, now=now)
    assert batch is not None
    with django_assert_max_num_queries(25), django_assert_max_num_queries(5, using="keys"):
        do_batch(batch, now=now)
    assert totals(run).new == 10


def test_an_empty_manifest_is_a_finished_run(folder: Path) -> None:
    path = folder / "manifest.csv"
    path.write_text("file\n")
    assert command(folder, "--manifest", path) == ("0 new, 0 known already, 0 refused.\n", "", 0)
    assert IngestRun.objects.get().state == IngestState.FINISHED


def test_the_latest_runs_are_listed(folder: Path) -> None:
    assert "no runs yet" in command("--status")[1]
    command(folder, "--manifest", manifest(folder))
    out, _, code = command("--status")
    assert "10 of 10 lines: 10 new" in out
    assert "secret" not in out
    assert code == 0
    assert "no such run" in command("--status", "00000000-0000-0000-0000-000000000000")[1]
    assert command("--status", "x")[2] == 1


def test_a_run_is_forgotten_after_a_month(folder: Path, now: datetime) -> None:
    command(folder, "--manifest", manifest(folder, "gone.wav,x,x"))
    assert forget_old_runs(now=now) == 0
    IngestRun.objects.update(ended_at=now - timedelta(days=31))
    assert forget_old_runs(now=now) == 1
    assert [model.objects.count() for model in (IngestRun, IngestBatch, IngestRefusal)] == [0, 0, 0]


def test_a_name_too_long_for_a_file_costs_its_own_line_alone(folder: Path) -> None:
    rows = [f"{'x' * 300}.wav,ref-long,x", "0.wav,ref-0,x"]
    out, errors, _ = command(folder, "--manifest", manifest(folder, *rows), "--here")
    assert out == "1 new, 0 known already, 1 refused.\n"
    assert "too long" in errors


class Terminal:
    def __init__(self, *, is_terminal: bool) -> None:
        self.text, self.is_terminal = "", is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_one_line_on_a_terminal_and_nothing_elsewhere(is_terminal: bool) -> None:
    out = Terminal(is_terminal=is_terminal)
    progress = Progress(out)  # type: ignore[arg-type]  # all that it uses of a stream
    progress.show(ingest_runs.Totals(1_000, 0, 0, 0, 0))
    progress.started -= 10
    progress.shown_at = max(0.0, progress.shown_at - 1)
    progress.show(ingest_runs.Totals(1_000, 240, 5, 2, 3))
    progress.end()
    assert ("250 of 1,000 (25 %), 25/s, 30 s left, 3 refused" in out.text) is is_terminal
    assert out.text.count("\n") == int(is_terminal)


def test_odd_wishes_are_said_plainly(folder: Path) -> None:
    assert "--jobs is 1 to 64" in command(folder, "--manifest", manifest(folder), "--jobs", "0")[1]
    assert "cannot be written" in command(folder, "--report", folder / "no" / "where.csv")[1]
    assert "Say what to hand in" in command()[1]
