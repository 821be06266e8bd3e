"""Nothing is forgotten: walks the code and compares it with what was declared."""

import re

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings
from django.db import models

from reviews.actions.certificates import PARTS
from reviews.fate_places import PLACES
from reviews.fate_table import columns, every_model, missing, near_a_clip, page, wordy
from reviews.fate_words import WORDS
from reviews.fates import FAR, FATES
from reviews.models import Clip

EMPTY_REASONS = re.compile(r"^(tbd|todo|later|n/?a|none|\W*)$", re.IGNORECASE)
EVERY = every_model()
NEAR = near_a_clip(EVERY)


def test_every_column_of_every_model_has_a_declared_fate():
    assert list(missing(EVERY)) == [], "say in reviews/fates.py or fate_words.py what an erasure does to these"


def test_a_new_model_that_points_at_a_clip_fails_until_it_is_declared():
    class Sneaky(models.Model):  # noqa: DJ008  # thrown away at once
        clip = models.ForeignKey(Clip, on_delete=models.PROTECT)
        length = models.IntegerField()

        class Meta:
            app_label = "reviews"
            apps = Apps()

    assert list(missing([*EVERY, Sneaky])) == ["reviews.Sneaky", "reviews.Sneaky.length"]


def test_a_new_model_far_away_that_can_hold_words_fails_until_it_is_declared():
    class Scratchpad(models.Model):  # noqa: DJ008  # thrown away at once
        text = models.TextField()
        count = models.IntegerField()

        class Meta:
            app_label = "escalations"
            apps = Apps()

    assert list(missing([*EVERY, Scratchpad])) == ["escalations.Scratchpad.text"]


@pytest.mark.parametrize("label", ["reviews.Clip", "escalations.Case", "notices.Notice"])
def test_a_new_column_of_a_model_that_is_known_fails_until_it_is_declared(label, monkeypatch):
    model = apps.get_model(label)
    column = models.TextField(name="jotting")
    column.set_attributes_from_name("jotting")
    column.model = model
    monkeypatch.setattr(model._meta, "concrete_fields", (*model._meta.concrete_fields, column))
    assert list(missing(EVERY)) == [f"{label}.jotting"]


def test_the_lists_of_words_name_what_is_there_and_no_more():
    there = {model._meta.label: wordy(model) for model in EVERY if model not in NEAR and wordy(model)}
    assert {label: set(names.split()) for label, names in WORDS.items()} == there


def test_the_page_of_fates_is_what_the_registry_says():
    written = (settings.BASE_DIR / "docs" / "fates.md").read_text(encoding="utf-8")
    assert written == page(), "manage.py fates --write"


def test_every_place_names_a_test_that_is_there_and_every_part_a_fate():
    assert [one.shown_by for one in PLACES.values() if not (settings.BASE_DIR / one.shown_by).is_file()] == []
    assert {"audio", "softened", "peaks"} <= PARTS


@pytest.mark.parametrize("model", sorted(NEAR, key=lambda model: model._meta.label))
def test_every_column_near_a_clip_has_a_declared_fate(model):
    fates = FATES.get(model._meta.label)
    assert fates is not None, f"{model._meta.label} leads to a clip: say in reviews/fates.py what an erasure does to it"
    names = {field.name for field in columns(model)}
    assert names - fates.declared == set(), "say in reviews/fates.py what an erasure does to these columns"
    assert fates.declared - names == set(), "reviews/fates.py speaks of columns that aren't there"


def test_the_registry_names_no_model_that_is_not_there():
    labels = {model._meta.label for model in every_model()}
    assert set(FATES) | set(FAR) <= labels
    assert not set(FATES) & set(FAR)


def test_every_reason_is_one():
    reasons = [*FAR.values(), *(why for fates in FATES.values() for why in fates.kept.values())]
    assert all(len(why) >= 10 and not EMPTY_REASONS.match(why) for why in reasons)


@pytest.mark.parametrize("label", sorted(FATES))
def test_no_column_has_two_fates(label):
    fates = FATES[label]
    named = [*fates.sealed, *fates.cleared, *fates.machinery, *fates.kept]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("label", sorted(FATES))
def test_every_path_leads_from_a_clip_to_rows(label):
    import uuid

    model = apps.get_model(label)
    assert "WHERE" in str(model._default_manager.filter(**{FATES[label].path: uuid.uuid4()}).query)


def test_what_is_sealed_under_the_clips_key_is_called_so():
    """A binary column of ours near a clip whose name says sealed is sealed under its key, or says under which other."""
    for label, fates in FATES.items():
        sealed = {field.name for field in columns(apps.get_model(label)) if field.name.startswith("sealed_")}
        assert sealed <= set(fates.sealed) | {name for name, why in fates.kept.items() if "key" in why}
