"""The whole way of an export: asked for, released by a second person, built, fetched once, destroyed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from escalations.export.verify import verify
from tests.escalations.export_fixtures import *  # noqa: F403

pytestmark = pytest.mark.django_db


def test_two_people_export_a_case_and_outside_tools_accept_it(
    legal_case, legal, other_legal, api_of, identity, opened, tmp_path, django_capture_on_commit_callbacks
):
    asked = api_of(legal).post(
        f"/api/v1/cases/{legal_case.pk}/exports/",
        {"profile": "law-enforcement", "recipients": [str(identity.to_public())], "reason": "asked for"},
        format="json",
    )
    assert (asked.status_code, asked.json()["state"], asked.json()["progress"]) == (201, "proposed", 0)
    where = f"/api/v1/exports/{asked.json()['id']}/"
    with django_capture_on_commit_callbacks(execute=True):
        assert api_of(other_legal).post(f"{where}approve/").json()["state"] == "approved"
    from escalations.actions.export_builds import build

    build(asked.json()["id"], clock=timezone.now)
    ready = api_of(legal).get(where).json()
    assert (ready["state"], ready["progress"]) == ("ready", 100), ready
    answer = api_of(legal).get(ready["download_url"])
    bag = opened(b"".join(answer.streaming_content), tmp_path)
    assert verify(bag).findings == []
    print(
        sorted(p.relative_to(bag).as_posix() for p in bag.rglob("*")),
        (bag / "data/timeline.csv").read_text(),
        (bag / "data/custody.csv").read_text(),
    )
    print((bag / "data/exhibits.csv").read_text())
    (tmp_path / "keep").mkdir()
