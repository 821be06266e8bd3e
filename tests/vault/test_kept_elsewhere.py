"""The copy of the tombstones that is kept away from this machine."""

import uuid
from datetime import timedelta

import pytest

from project import vault
from project.vault import tombstones
from project.vault.kept_elsewhere import hand_over, is_behind, known_only_there
from project.vault.tasks import copy_tombstones
from tests.vault.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(ring, settings, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    settings.TOMBSTONES_COPY = str(folder)
    return folder


def shredded():
    object_id = uuid.uuid4()
    vault.create_key(object_id, "clip")
    vault.shred_key(object_id, now=NOW)
    return object_id


def test_what_is_shredded_is_in_the_copy_once(elsewhere):
    ids = [shredded(), shredded()]
    copy_tombstones()
    ids.append(shredded())
    copy_tombstones()
    copy_tombstones()
    assert [object_id for object_id, _ in tombstones.in_file(elsewhere / tombstones.NAME)] == ids
    assert {at for _, at in tombstones.in_file(elsewhere / tombstones.NAME)} == {NOW}


def test_a_line_that_was_cut_short_is_written_again(elsewhere):
    ids = [shredded(), shredded()]
    hand_over()
    copy = elsewhere / tombstones.NAME
    copy.write_bytes(copy.read_bytes()[:-20])
    assert hand_over() == 1
    assert {object_id for object_id, _ in tombstones.in_file(copy)} == set(ids)


def test_a_folder_that_is_away_stops_nothing_is_said_and_catches_up(elsewhere, tmp_path):
    elsewhere.rename(tmp_path / "unmounted")
    object_id = shredded()
    copy_tombstones()
    assert not elsewhere.exists(), "it is never made: one that is not mounted is no empty one"
    assert "is away" in is_behind(NOW)
    (tmp_path / "unmounted").rename(elsewhere)
    assert is_behind(NOW + timedelta(minutes=9)) is None
    assert "1 tombstones" in is_behind(NOW + timedelta(minutes=11))
    copy_tombstones()
    assert is_behind(NOW + timedelta(minutes=11)) is None
    assert [one for one, _ in tombstones.in_file(elsewhere / tombstones.NAME)] == [object_id]


def test_a_ring_from_a_backup_is_noticed_until_it_has_taken_over(elsewhere, ring):
    shredded()
    backup = (ring.folder / tombstones.NAME).read_bytes()
    shredded()
    hand_over()
    assert known_only_there() == 0
    (ring.folder / tombstones.NAME).write_bytes(backup)
    assert known_only_there() == 1
    assert tombstones.take_over(tombstones.in_file(elsewhere / tombstones.NAME)) == 1
    assert known_only_there() == 0


def test_without_a_folder_nothing_is_copied_and_nothing_is_wrong(ring, settings):
    shredded()
    assert (hand_over(), known_only_there(), is_behind(NOW + timedelta(days=1))) == (0, 0, None)
