"""What the timeline says, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from escalations.states import ClockKind, Decision, Tier

_SAID: Final[Mapping[str, str]] = {
    "reported": "Reported",
    "follow-up": "Reported again",
    "answered": "The reporter added something",
    "acknowledge": "Acknowledged",
    "triage": "Triaged",
    "refer": "Referred to legal",
    "request-information": "More was asked for",
    "note": "Note",
    "dismiss": "Dismissed by two people",
    "decide": "Decided",
    "close": "Closed",
    "reopen": "Reopened",
    "hand-over": "Handed to another team",
    "merge": "Merged into another case",
    "merged-in": "Another case was merged into this one",
    "recounted": "The team's calendar changed and with it a deadline",
    "climbed": "A clock was missed",
    "tie-declared": "Declared a tie and stepped back",
    "reassigned": "Handed to all supervisors",
    "reviewed": "The emergency act was reviewed and found right",
    "objected": "The review of the emergency act objected",
    "disclosed": "Reported to an authority",
    "receipt-recorded": "The authority's receipt was recorded",
    "evidence-opened": "Evidence was opened",
    "hold-placed": "A hold was placed",
    "hold-reviewed": "A hold was looked at and stays",
    "hold-lifted": "A hold was lifted",
    "emergency-access": "Legal opened the case in an emergency",
    "emergency-access-over": "The emergency access ended by itself",
    "counsel": "Outside counsel was let in",
    "counsel-revoked": "Outside counsel's access was ended",
    "counsel-over": "Outside counsel's access ended by itself",
    "retention-waits": "Kept beyond its time",
    "retired": "Its time was over: the evidence goes, the record stays",
    "unmask": "Two people were shown who reported",
}
_PROPOSALS: Final = {
    "dismiss": "A dismissal",
    "decide": "A decision",
    "unmask": "Showing who reported",
    "emergency-access": "Opening the case in an emergency",
    "counsel": "Letting outside counsel in",
}
_FOR_HOW_LONG: Final = {"emergency-access": " for {minutes} minutes", "counsel": " until {until}"}
_ENDS: Final = {
    "proposed": "was proposed",
    "declined": "was declined",
    "withdrawn": "was taken back or overtaken",
    "expired": "expired without an answer",
}


def line(kind: str, facts: Mapping[str, Any]) -> str:
    """The headline of one event: what happened and, where tokens tell it, how."""
    return _headline(kind) + _detail(kind, facts)


def _headline(kind: str) -> str:
    if kind in _SAID:
        return _SAID[kind]
    noun, _, end = kind.rpartition("-")
    if noun in _PROPOSALS and end in _ENDS:
        return f"{_PROPOSALS[noun]} {_ENDS[end]}"
    return kind.replace("-", " ").capitalize()


def _detail(kind: str, facts: Mapping[str, Any]) -> str:
    if kind == "climbed":
        clock = ClockKind(facts["clock"]).label.lower()
        told = str(facts["audience"]).replace("-", " ")
        gap = "; nobody was on call, so all were told" if facts.get("gap") else ""
        return f": {clock}. Step {facts['rung']}, told: {told} ({facts['told']}){gap}"
    if facts.get("tier"):
        return f" as {Tier(facts['tier']).label}"
    if facts.get("decision"):
        return f": {Decision(facts['decision']).label.lower()}"
    if facts.get("keeps"):
        return f", by {'a hold of legal' if facts['keeps'] == 'hold' else 'an export under way'}"
    if kind in _FOR_HOW_LONG:
        return _FOR_HOW_LONG[kind].format(**facts)
    if facts.get("reporter"):
        return f": Reporter {facts['reporter']}"
    if facts.get("into") or facts.get("number"):
        return f": {facts.get('into') or facts['number']}"
    if facts.get("team"):
        return f": {facts['team']}"
    if facts.get("exhibit"):
        return f": exhibit {facts['exhibit']}"
    return ""
