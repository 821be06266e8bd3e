"""What has no declared fate, and the registry as a page for people: docs/fates.md is made from it."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import models

from reviews.fate_places import PLACES
from reviews.fate_words import WORDS
from reviews.fates import FAR, FATES
from reviews.models import Clip

WORDY = (models.CharField, models.TextField, models.BinaryField, models.JSONField, models.FileField)
HEAD = """# What becomes of everything

Made by `manage.py fates --write` from `reviews/fates.py`, `fate_words.py` and `fate_places.py`; a test compares.
The machine executes these lists and the verifier checks them. *Emptied*: sealed under the clip's key, which is
destroyed, or overwritten; read again afterwards. *Kept* has its reason.
"""


def every_model() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def columns(model: type[models.Model]) -> list[models.Field]:
    """Every column that holds a value of its own: no keys, no relations, nothing that PostgreSQL computes."""
    return [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.is_relation or field.generated)
    ]


def near_a_clip(every: Iterable[type[models.Model]]) -> set[type[models.Model]]:
    """Models whose foreign keys lead to a clip, over however many steps."""
    near: set[type[models.Model]] = {Clip}
    while True:
        more = {
            model
            for model in every
            if any(field.is_relation and field.related_model in near for field in model._meta.concrete_fields)
        }
        if more <= near:
            return near
        near |= more


def wordy(model: type[models.Model]) -> set[str]:
    """Columns that could hold a word, a sound or a list of either."""
    return {field.name for field in columns(model) if isinstance(getattr(field, "base_field", field), WORDY)}


def missing(every: Iterable[type[models.Model]]) -> Iterator[str]:
    """Every column, as app.Model.column, of which the registry does not say what becomes of it."""
    every = list(every)
    near = near_a_clip(every)
    for model in every:
        label = model._meta.label
        if model in near:
            declared = FATES[label].declared if label in FATES else frozenset()
            names = {field.name for field in columns(model)}
            if label not in FATES:
                yield label
        else:
            declared = frozenset(WORDS.get(label, "").split()) if label in FAR else frozenset()
            names = wordy(model)
        yield from (f"{label}.{name}" for name in sorted(names - declared))


def page() -> str:
    """docs/fates.md."""
    return "\n".join([HEAD, *_near(), "", *_far(), "", *_places(), ""])


def _near() -> Iterator[str]:
    yield "## Rows of a clip\n| model | emptied | kept because | states, times and counters |\n|---|---|---|---|"
    for label, fates in FATES.items():
        kept = "; ".join(f"`{name}`: {why}" for name, why in fates.kept.items())
        yield f"| {label} | {_names(fates.emptied)} | {kept or '–'} | {_names(fates.machinery)} |"


def _far() -> Iterator[str]:
    yield "## Other rows that can hold words\n| model | columns | why nothing of a clip gets there |\n|---|---|---|"
    for label, names in WORDS.items():
        yield f"| {label} | {_names(names.split())} | {FAR[label]} |"


def _places() -> Iterator[str]:
    yield "## Not in a row\n| what | becomes | shown by |\n|---|---|---|"
    for what, place in PLACES.items():
        yield f"| {what} | {place.fate} | `{place.shown_by}` |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"
