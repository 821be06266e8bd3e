"""The escalation path: every state, who may move a case, what needs two people, which clock a move stops.

    reported -> acknowledged -> triaged -> with_legal -> decided -> closed
                    |            |  ^         |            |          |
                    |            |  +- needs_information   +----------+-> reopened -> with_legal
                    +------------+---> dismissed ----------------------^
    A case that turns out to be a duplicate, before it is decided, is merged into another and leads there.

The docs' diagram, the API's verbs, the page's buttons and the edge tests are all read from PATH. Pure: no ORM, no
clock. A guard asks about a `Standing`, which is everything about a case that may forbid a move beside its state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices

from project import problems
from project.accounts.access import Role


class State(TextChoices):
    """Where a case stands. `CLOSED`, `DISMISSED` and `MERGED` are the ends; the first two can be reopened."""

    REPORTED = "reported", "Reported"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    TRIAGED = "triaged", "Triaged"
    NEEDS_INFORMATION = "needs_information", "Needs information"
    WITH_LEGAL = "with_legal", "With legal"
    DECIDED = "decided", "Decided"
    CLOSED = "closed", "Closed"
    DISMISSED = "dismissed", "Dismissed"
    REOPENED = "reopened", "Reopened"
    MERGED = "merged", "Merged"


class Tier(TextChoices):
    """How grave, and so how fast. Clocks per tier: escalations/sla.py."""

    T0 = "T0", "T0: danger to life now"
    T1 = "T1", "T1: serious and ongoing, or about a child"
    T2 = "T2", "T2: serious and past"
    T3 = "T3", "T3: distressing, no offence"


class ClockKind(TextChoices):
    """One clock for each hop, one for the decision as a whole, one for the second look after an emergency."""

    ACKNOWLEDGE = "acknowledge", "Acknowledge"
    TRIAGE = "triage", "Triage"
    INFORMATION = "information", "Answer the question"
    REFER = "refer", "Refer to legal"
    DECIDE = "decide", "Decide"
    CLOSE = "close", "Close"
    REVIEW = "review", "Second review"


class Decision(TextChoices):
    """What legal may decide. Only `REPORT` opens the way to a disclosure."""

    REPORT = "report", "Report to an authority"
    INTERNAL = "internal", "Act inside the organisation only"
    NO_ACTION = "no_action", "No action"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a guard may ask about a case: its tier, whether legal ever had it, what waits for a second person."""

    state: State
    tier: Tier
    was_referred: bool = False
    review_open: bool = False
    pending: str = ""


Guard = Callable[[Standing], bool]


def is_offence(case: Standing) -> bool:
    """T3 has support and no referral, unless legal asked for the case to come back."""
    return case.tier != Tier.T3 or case.was_referred


def is_no_offence(case: Standing) -> bool:
    return case.tier == Tier.T3 and not case.was_referred


def never_with_legal(case: Standing) -> bool:
    """What legal has seen only legal ends."""
    return not case.was_referred


def can_be_graver(case: Standing) -> bool:
    """Legal may raise the tier, never lower it: lowering would change who must approve."""
    return case.tier != Tier.T0


def second_look_done(case: Standing) -> bool:
    """A decision that one person made in an emergency is not closed before a second person reviewed it."""
    return not case.review_open


@dataclass(frozen=True, slots=True)
class Move:
    """One edge, or several with the same verb. `target` None stays where it is (a note).

    `on_call`: legal may also do it while a missed clock has climbed to them. `stops`: the clock that this act answers.
    `asks`: the fields that must come with it. `two_people`: the act is proposed, and happens on a second approval.
    """

    verb: str
    sources: frozenset[State]
    target: State | None
    roles: frozenset[Role]
    guard: Guard | None = None
    stops: ClockKind | None = None
    two_people: bool = False
    on_call: bool = False
    asks: tuple[str, ...] = ()


S, C = State, ClockKind
_SUPERVISOR: Final = frozenset({Role.SUPERVISOR})
_LEGAL: Final = frozenset({Role.LEGAL})
_EITHER: Final = _SUPERVISOR | _LEGAL


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


# While a team has to act, its supervisors may hand the case to another team: it keeps its state and its clocks.
_TEAMS_TURN: Final = (S.REPORTED, S.ACKNOWLEDGED, S.TRIAGED, S.NEEDS_INFORMATION, S.REOPENED)
_BEFORE_LEGAL: Final = _from(S.ACKNOWLEDGED, S.TRIAGED, S.NEEDS_INFORMATION)

PATH: Final[tuple[Move, ...]] = (
    Move("acknowledge", _from(S.REPORTED), S.ACKNOWLEDGED, _SUPERVISOR, stops=C.ACKNOWLEDGE, on_call=True),
    Move("triage", _BEFORE_LEGAL, S.TRIAGED, _SUPERVISOR, stops=C.TRIAGE, on_call=True, asks=("tier", "facts")),
    Move("triage", _from(S.WITH_LEGAL), S.WITH_LEGAL, _LEGAL, can_be_graver, asks=("tier", "facts")),
    Move("refer", _from(S.TRIAGED), S.WITH_LEGAL, _SUPERVISOR, is_offence, stops=C.REFER, on_call=True),
    Move("refer", _from(S.REOPENED), S.WITH_LEGAL, _EITHER, stops=C.REFER),
    Move("request-information", _from(S.ACKNOWLEDGED, S.TRIAGED), S.NEEDS_INFORMATION, _SUPERVISOR),
    Move("request-information", _from(S.WITH_LEGAL), S.NEEDS_INFORMATION, _LEGAL),
    *(Move("hand-over", _from(state), state, _SUPERVISOR, asks=("team",)) for state in _TEAMS_TURN),
    Move("merge", _BEFORE_LEGAL | {S.REPORTED}, S.MERGED, _SUPERVISOR, never_with_legal, asks=("into", "reason")),
    Move("merge", _from(S.WITH_LEGAL), S.MERGED, _LEGAL, second_look_done, asks=("into", "reason")),
    Move("note", frozenset(State) - {S.MERGED}, None, _EITHER, asks=("text",)),
    Move("dismiss", _BEFORE_LEGAL, S.DISMISSED, _SUPERVISOR, never_with_legal, two_people=True, asks=("reason",)),
    Move(
        "decide", _from(S.WITH_LEGAL), S.DECIDED, _LEGAL, stops=C.DECIDE, two_people=True, asks=("decision", "reason")
    ),
    Move("close", _from(S.DECIDED), S.CLOSED, _LEGAL, second_look_done, stops=C.CLOSE),
    Move("close", _from(S.TRIAGED), S.CLOSED, _SUPERVISOR, is_no_offence, stops=C.CLOSE),
    Move("reopen", _from(S.DECIDED), S.REOPENED, _LEGAL),
    Move("reopen", _from(S.CLOSED, S.DISMISSED), S.REOPENED, _EITHER),
)

VERBS: Final = tuple(dict.fromkeys(move.verb for move in PATH))
TERMINAL: Final = frozenset({State.CLOSED, State.DISMISSED, State.MERGED})
# From here on the case is legal's; before it, a case is seen by supervisors only.
LEGALS_TURN: Final = frozenset({State.WITH_LEGAL, State.DECIDED})
# The clock of the hop that leads out of each state. DECIDE runs from the report until a decision or an end.
HOP: Final[dict[State, ClockKind]] = {
    State.REPORTED: ClockKind.ACKNOWLEDGE,
    State.ACKNOWLEDGED: ClockKind.TRIAGE,
    State.TRIAGED: ClockKind.REFER,
    State.NEEDS_INFORMATION: ClockKind.INFORMATION,
    State.REOPENED: ClockKind.REFER,
    State.DECIDED: ClockKind.CLOSE,
}


class IllegalMove(problems.IllegalMove):
    """409, with the verbs that this person may use on this case now."""

    def __init__(self, verb: str, allowed: Collection[str]) -> None:
        can = ", ".join(allowed) or "nothing"
        super().__init__(f"{verb} is not possible now. Possible for you: {can}.", allowed_verbs=list(allowed))


def hop_clock(state: State, tier: Tier) -> ClockKind | None:
    """The clock that starts when a case enters `state`. A T3 case has no referral before it: it is closed."""
    if state == State.TRIAGED and tier == Tier.T3:
        return ClockKind.CLOSE
    return HOP.get(state)


def may_make(move: Move, case: Standing, roles: Collection[str], *, on_call: bool = False) -> bool:
    """May somebody with these roles make this move on a case that stands so? `on_call`: it has climbed to them."""
    fits = bool(move.roles & set(roles)) or (move.on_call and on_call and Role.LEGAL in roles)
    return fits and case.state in move.sources and move.verb != case.pending and (not move.guard or move.guard(case))


def allowed_verbs(case: Standing, roles: Collection[str], *, on_call: bool = False) -> list[str]:
    """The verbs of PATH, in its order, that these roles may use now. A verb that already waits is not offered again."""
    return list(dict.fromkeys(m.verb for m in PATH if may_make(m, case, roles, on_call=on_call)))


def find_move(verb: str, case: Standing, roles: Collection[str], *, on_call: bool = False) -> Move:
    """The one move that `verb` makes from here for these roles. Raises IllegalMove."""
    for candidate in PATH:
        if candidate.verb == verb and may_make(candidate, case, roles, on_call=on_call):
            return candidate
    raise IllegalMove(verb, allowed_verbs(case, roles, on_call=on_call))


def diagram() -> str:
    """PATH as a Mermaid state diagram, for docs/escalation.md."""
    lines = ["stateDiagram-v2", "    [*] --> reported"]
    for move in PATH:
        if move.target is None:
            continue
        people = " (two people)" if move.two_people else ""
        who = " or ".join(sorted(role.value for role in move.roles))
        act = f"{move.target.value}: {move.verb}, {who}{people}"
        lines += [f"    {source.value} --> {act}" for source in State if source in move.sources]
    return "\n".join([*lines, *(f"    {end.value} --> [*]" for end in State if end in TERMINAL)])
