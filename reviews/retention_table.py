"""How long everything is kept, as a table for docs/privacy.md: every figure is read from the code that keeps to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, cast

from django.conf import settings

from escalations.actions import counsel, custody, unmasking
from escalations.models.emergency import LONGEST_MINUTES
from project.accounts.known import KEPT_SECONDS
from project.accounts.session_limits import WHOLE
from project.vault.actions.rotation import EVERY
from reviews.actions.activations import DEVICE_DAYS
from reviews.actions.ingest_runs import KEPT as INGESTS_KEPT
from reviews.erasure_states import ALLOWANCE, Reason
from wellbeing import retention
from wellbeing.actions import private_sessions
from wellbeing.actions.insights import TRACES_KEPT
from wellbeing.models import Room

BEGINS: Final = "<!-- made by `manage.py retention --write` -->"
ENDS: Final = "<!-- up to here -->"
FOR_GOOD: Final = "for good"

Line = tuple[str, str, str]


def said(span: timedelta | float) -> str:
    """In days from two of them on, else in hours or minutes."""
    span = span if isinstance(span, timedelta) else timedelta(days=span)
    for unit, name in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours"), (timedelta(minutes=1), "minutes")):
        if span >= 2 * unit or (name != "days" and span >= unit):
            count = span // unit
            return f"{count} {name if count != 1 else name[:-1]}"
    return f"{span.total_seconds():g} seconds"


def lines() -> Iterator[Line]:
    """What, how long, and what happens then."""
    yield (
        "recordings with all that is derived from them",
        f"{said(settings.RETENTION_DAYS)} after they came in \
(`RETENTION_DAYS`)",
        "erased, verified, certified",
    )
    for reason in Reason:
        yield f"… {reason.label.lower()}", f"{said(ALLOWANCE[reason])} from the order", "erased, verified, certified"
    yield (
        "… beyond recovery from old backups of the key store",
        f"{said(EVERY)} between rotations",
        "second certificate",
    )
    yield (
        "the evidence of an ended case",
        f"{said(settings.CASE_RETENTION_DAYS)} (`CASE_RETENTION_DAYS`)",
        "its flag's \
hold ends; erased unless another hold stands",
    )
    yield "a case's record: reports, timeline, custody", FOR_GOOD, "sealed under the case's key; legal reads it"
    yield "an opening of evidence", said(custody.OPEN_FOR), "ends; the custody record stays"
    yield "outside counsel's access to one case", f"at most {said(counsel.LONGEST)}", "ends by itself"
    yield "access to a case in an emergency", f"at most {said(timedelta(minutes=LONGEST_MINUTES))}", "ends by itself"
    yield "a reporter's or a pseudonym's name, lifted by two people", said(unmasking.READABLE), "shown no more"
    yield (
        "a built export",
        f"{said(settings.EXPORT_DAYS)} (`EXPORT_DAYS`), or until collected",
        "destroyed; the receipt \
stays",
    )
    yield "check-ins", said(retention.OWN_ANSWERS), "their keys are destroyed; the person may delete them at any time"
    yield "leave to read them, after it ended", said(retention.LEAVE_TO_READ_THEM), "deleted"
    yield "what somebody heard, breaks, who counted in a figure", said(TRACES_KEPT), "deleted"
    yield "weekly figures of five people and more", FOR_GOOD, "they name nobody"
    yield (
        "messages of support rooms",
        f"{said(default_of(Room, 'retention_days'))} unless the room says otherwise",
        "deleted, the day's key destroyed",
    )
    yield "private sessions", said(private_sessions.KEPT), "deleted"
    yield "how often a device was activated falsely", said(DEVICE_DAYS), "folded into figures without the device"
    yield "how bulk ingests went, line by line", said(INGESTS_KEPT), "deleted; no content was kept"
    yield "sign-ins", f"at most {said(WHOLE)}", "deleted"
    yield "API tokens", f"{said(cast(timedelta, settings.REST_KNOX['TOKEN_TTL']))} (`TOKEN_DAYS`)", "open nothing"
    yield "the mark of a known browser", said(timedelta(seconds=KEPT_SECONDS)), "forgotten by the browser; names nobody"
    yield "accounts of people who left", FOR_GOOD, "closed: ledger and cases name them"
    yield "the ledger, certificates, tombstones", FOR_GOOD, "ids, instants and counts; never content"


def default_of(model: Any, column: str) -> float:
    return cast(float, model._meta.get_field(column).default)


def table() -> str:
    """Between its two marks, as it stands in the page."""
    rows = [f"| {what} | {how_long} | {then} |" for what, how_long, then in lines()]
    return "\n".join([BEGINS, "", "| what | how long | then |", "|---|---|---|", *rows, "", ENDS])


def put_into(page: str) -> str:
    """The page with the table of now."""
    before, _, rest = page.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return before + table() + after
