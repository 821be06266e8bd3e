"""Nothing is forgotten: walks the code and compares it with what was declared."""

import re

import pytest
from django.apps import apps
from django.db import models

from reviews.fates import FAR, FATES
from reviews.models import Clip

WORDY = (models.CharField, models.TextField, models.BinaryField, models.JSONField, models.FileField)
EMPTY_REASONS = re.compile(r"^(tbd|todo|later|n/?a|none|\W*)$", re.IGNORECASE)


def every_model():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def columns(model):
    """Every column that holds a value of its own: no keys, no relations, nothing that PostgreSQL computes."""
    return [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.is_relation or field.generated)
    ]


def near_a_clip():
    """Models whose foreign keys lead to a clip, over however many steps."""
    near = {Clip}
    while True:
        more = {
            model
            for model in every_model()
            if any(field.is_relation and field.related_model in near for field in model._meta.concrete_fields)
        }
        if more <= near:
            return near
        near |= more


def holds_words(model):
    return any(isinstance(getattr(field, "base_field", field), WORDY) for field in columns(model))


@pytest.mark.parametrize("model", sorted(near_a_clip(), key=lambda model: model._meta.label))
def test_every_column_near_a_clip_has_a_declared_fate(model):
    fates = FATES.get(model._meta.label)
    assert fates is not None, f"{model._meta.label} leads to a clip: say in reviews/fates.py what an erasure does to it"
    names = {field.name for field in columns(model)}
    assert names - fates.declared == set(), "say in reviews/fates.py what an erasure does to these columns"
    assert fates.declared - names == set(), "reviews/fates.py speaks of columns that aren't there"


@pytest.mark.parametrize(
    "model", [m for m in every_model() if m not in near_a_clip() and holds_words(m)], ids=lambda m: m._meta.label
)
def test_every_other_model_that_can_hold_words_says_why_no_clip_gets_there(model):
    assert model._meta.label in FAR, f"say in reviews/fates.py why nothing of a clip gets into {model._meta.label}"


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
