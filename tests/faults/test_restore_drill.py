"""The restore drill of docs/operations.md: back up, erase, restore the old backup, reconcile. Nothing comes back."""

from dataclasses import dataclass

import pytest

from project.vault.tasks import copy_tombstones
from reviews.actions.erasures import erase
from reviews.models import Clip
from tests.faults.backups import Backup, reconciled
from tests.reviews.erasing import ordered, sealed_clip, with_own_stores

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Drill:
    """A backup that holds four clips whole, of which two were erased since it was taken."""

    backup: Backup
    living: Clip
    gone_before: Clip
    gone_since: Clip
    ordered_then: Clip

    @property
    def erased(self) -> list[str]:
        return sorted(str(clip.pk) for clip in (self.gone_before, self.gone_since, self.ordered_then))


@pytest.fixture
def drill(settings, tmp_path, now):
    with_own_stores(settings, tmp_path)
    clips = [sealed_clip(now) for _ in range(4)]
    living, gone_before, gone_since, ordered_then = clips
    erase(ordered(gone_before, now).pk, now=now)
    waiting = ordered(ordered_then, now)
    (tmp_path / "night").mkdir()
    backup = Backup.take(tmp_path / "night")
    for erasure in (waiting, ordered(gone_since, now)):
        erase(erasure.pk, now=now)
    return Drill(backup, living, gone_before, gone_since, ordered_then)


def assert_nothing_came_back(said, drill):
    assert (said["before"], said["after"]) == (503, 200), said
    assert not said["refused"], said["said"]
    assert said["keys"] == said["bytes"] == [str(drill.living.pk)]
    assert {clip for clip, state in said["clips"].items() if state == "erased"} == set(drill.erased)
    assert said["certificates"] == drill.erased, "each order is certified, and none of them twice"


def test_nothing_that_was_erased_comes_back_with_an_old_backup(drill, settings, tmp_path):
    """First with the newest ring in its place; then all of it was lost, and only the copy kept elsewhere remembers."""
    with drill.backup.restored("default", "keys") as service:
        said = reconciled(service)
        assert_nothing_came_back(said, drill)
        assert "erased again after a restore: 2" in said["said"]
        assert "erased again after a restore: 0" in said["said_again"]
    settings.TOMBSTONES_COPY = str(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    copy_tombstones()
    with drill.backup.restored("default", "keys") as service:
        alone = {"KEYRING": str(drill.backup.folder / "ring"), "TOMBSTONES_COPY": settings.TOMBSTONES_COPY}
        assert_nothing_came_back(reconciled(service | alone), drill)
