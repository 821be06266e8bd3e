"""Every edge of the path and every edge that it does not have, for every role.

`EXPECTED` is written out by hand: a second opinion on PATH. The tests below walk all of states x verbs x roles.
"""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from escalations.api.fields import INPUT_OF
from escalations.states import PATH, TERMINAL, VERBS, IllegalMove, Role, Standing, State, Tier, allowed_verbs, find_move

S, L = "supervisor", "legal"
EXPECTED: dict[tuple[State, str], set[str]] = {
    (State.REPORTED, S): {"acknowledge", "hand-over", "merge", "note"},
    (State.REPORTED, L): set(),
    (State.ACKNOWLEDGED, S): {"triage", "request-information", "dismiss", "hand-over", "merge", "note"},
    (State.ACKNOWLEDGED, L): set(),
    (State.TRIAGED, S): {"triage", "refer", "request-information", "dismiss", "hand-over", "merge", "note"},
    (State.TRIAGED, L): set(),
    (State.NEEDS_INFORMATION, S): {"triage", "dismiss", "hand-over", "merge", "note"},
    (State.NEEDS_INFORMATION, L): set(),
    (State.WITH_LEGAL, S): {"note"},
    (State.WITH_LEGAL, L): {"triage", "request-information", "decide", "merge", "note"},
    (State.DECIDED, S): {"note"},
    (State.DECIDED, L): {"close", "reopen", "note"},
    (State.CLOSED, S): {"reopen", "note"},
    (State.CLOSED, L): {"reopen", "note"},
    (State.DISMISSED, S): {"reopen", "note"},
    (State.DISMISSED, L): set(),
    (State.MERGED, S): set(),
    (State.MERGED, L): set(),
    (State.REOPENED, S): {"refer", "hand-over", "note"},
    (State.REOPENED, L): {"refer", "note"},
}
BODY = {"triage": {"tier": "T0", "facts": "shouting"}, "decide": {"decision": "report", "reason": "likely"},
        "dismiss": {"reason": "a film"}, "note": {"text": "seen"}}  # fmt: skip


def sees(state: State, role: str) -> bool:
    """Supervisors see their team's cases; legal from the referral on."""
    return role == S or bool(EXPECTED[state, L])


def test_the_walk_covers_every_state():
    assert {state for state, _ in EXPECTED} == set(State)
    assert set(VERBS) == set().union(*EXPECTED.values())


def test_a_verb_leads_from_a_state_to_one_place_only():
    pairs = [(move.verb, source) for move in PATH for source in move.sources]
    assert len(pairs) == len(set(pairs))


def test_what_two_people_decide_asks_for_a_reason():
    assert all("reason" in move.asks for move in PATH if move.two_people)


def test_every_state_can_be_left_and_reached():
    assert {source for move in PATH for source in move.sources if move.target} == set(State) - {State.MERGED}
    assert {move.target for move in PATH if move.target and move.sources != {move.target}} == set(State) - {
        State.REPORTED
    }


def test_the_ends_are_left_by_reopening_only():
    assert {move.verb for move in PATH if move.sources & TERMINAL and move.target} == {"reopen"}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SUPERVISOR, Role.LEGAL}))
@pytest.mark.parametrize("state", list(State))
def test_no_other_role_has_any_verb(state, role):
    assert allowed_verbs(Standing(state, Tier.T1, True), {role}) == []


def test_t3_is_closed_instead_of_referred():
    verbs = allowed_verbs(Standing(State.TRIAGED, Tier.T3), {Role.SUPERVISOR})
    assert "close" in verbs
    assert "refer" not in verbs


def test_what_legal_has_seen_only_legal_ends():
    standing = Standing(State.TRIAGED, Tier.T3, was_referred=True)
    assert {"close", "dismiss"}.isdisjoint(allowed_verbs(standing, {Role.SUPERVISOR}))
    assert "refer" in allowed_verbs(standing, {Role.SUPERVISOR})


def test_legal_cannot_make_the_gravest_graver():
    assert "triage" not in allowed_verbs(Standing(State.WITH_LEGAL, Tier.T0, True), {Role.LEGAL})


def test_a_decision_is_not_closed_before_its_second_look():
    assert "close" not in allowed_verbs(Standing(State.DECIDED, Tier.T0, True, review_open=True), {Role.LEGAL})


def test_what_waits_is_not_offered_again():
    assert "dismiss" not in allowed_verbs(Standing(State.TRIAGED, Tier.T1, pending="dismiss"), {Role.SUPERVISOR})


def test_on_call_may_bring_a_case_as_far_as_legal():
    can = {state: allowed_verbs(Standing(state, Tier.T1), {Role.LEGAL}, on_call=True) for state in State}
    assert "acknowledge" in can[State.REPORTED]
    assert "triage" in can[State.ACKNOWLEDGED]
    assert "refer" in can[State.TRIAGED]
    assert all("dismiss" not in verbs for verbs in can.values())


def test_an_illegal_move_carries_the_verbs_that_are_allowed():
    with pytest.raises(IllegalMove) as refused:
        find_move("close", Standing(State.REPORTED, Tier.T1), {Role.SUPERVISOR})
    assert refused.value.as_problem()["allowed_verbs"] == ["acknowledge", "hand-over", "merge", "note"]
    assert refused.value.status == 409


def url(case, verb: str) -> str:
    return reverse("escalations-api:verb", args=[case.pk, verb])


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(State))
def test_the_api_refuses_every_illegal_edge(case, bring, api_of, supervisor, legal, state):
    case = bring(case, state)
    for role, user in ((S, supervisor), (L, legal)):
        client = api_of(user)
        for verb in sorted(set(VERBS) - EXPECTED[state, role]):
            answer = client.post(url(case, verb), BODY.get(verb, {}), format="json")
            assert answer.status_code == (409 if sees(state, role) else 404), (role, verb)
            if answer.status_code == 409:
                assert EXPECTED[state, role] <= set(answer.json()["allowed_verbs"])
    case.refresh_from_db()
    assert case.state == state


LEGAL_EDGES = [(state, role, verb) for (state, role), verbs in EXPECTED.items() for verb in sorted(verbs)]


@pytest.mark.django_db
@pytest.mark.parametrize("state, role, verb", LEGAL_EDGES)
def test_the_api_makes_every_legal_edge(
    case, bring, api_of, supervisor, legal, other_team, report, make_clip, now, state, role, verb
):
    case = bring(case, state)
    user = {S: supervisor, L: legal}[role]
    body = {"team": str(other_team.pk)} if verb == "hand-over" else BODY.get(verb, {})
    if verb == "merge":
        other = bring(report(clip_id=make_clip(now).pk), State.WITH_LEGAL if role == L else State.REPORTED)
        body = {"into": str(other.pk), "reason": "the same evening"}
    answer = api_of(user).post(url(case, verb), body, format="json")
    assert answer.status_code == 200, answer.json()
    move = next(m for m in PATH if m.verb == verb and state in m.sources and role in m.roles)
    two_people = move.two_people and not (verb == "decide" and case.tier == "T0")
    expected = state if two_people or move.target is None else move.target
    assert answer.json()["state"] == expected
    assert [one["verb"] for one in answer.json()["proposals"]] == ([verb] if two_people else [])


@pytest.mark.django_db
@pytest.mark.parametrize("verb", [*INPUT_OF, "declare-tie", "frobnicate"])
def test_the_wrong_roles_cannot_tell_a_case_from_nothing(
    case, api_of, reviewer, moderator, auditor, administrator, stranger, verb
):
    for user in (reviewer, moderator, auditor, administrator, stranger):
        client = api_of(user)
        real = client.post(url(case, verb), {}, format="json")
        made_up = client.post(reverse("escalations-api:verb", args=[uuid.uuid4(), verb]), {}, format="json")
        assert (real.status_code, real.content) == (404, made_up.content)


@pytest.mark.django_db
def test_nobody_signs_in_to_less(case, client):
    assert client.post(url(case, "acknowledge")).status_code == 401
    assert client.get(reverse("escalations-api:cases")).status_code == 401


@pytest.mark.django_db
def test_a_verb_takes_no_get(case, api_of, supervisor):
    assert api_of(supervisor).get(url(case, "acknowledge")).status_code == 405


@pytest.mark.django_db
def test_a_verb_that_does_not_exist_is_a_conflict_with_what_does(case, api_of, supervisor):
    answer = api_of(supervisor).post(url(case, "frobnicate"), {}, format="json")
    assert answer.status_code == 409
    assert answer.json()["allowed_verbs"] == ["acknowledge", "hand-over", "merge", "note"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state, verb, body",
    [
        (State.ACKNOWLEDGED, "triage", {}),
        (State.ACKNOWLEDGED, "triage", {"tier": "T1"}),
        (State.ACKNOWLEDGED, "triage", {"tier": "T7", "facts": "x"}),
        (State.ACKNOWLEDGED, "triage", {"tier": "T1", "facts": {}}),
        (State.ACKNOWLEDGED, "triage", {"tier": "T1", "facts": "x" * 10_001}),
        (State.ACKNOWLEDGED, "triage", {"tier": "T1", "facts": "x", "mood": "bad"}),
        (State.TRIAGED, "dismiss", {}),
        (State.TRIAGED, "dismiss", {"reason": "   "}),
        (State.WITH_LEGAL, "decide", {"decision": "report"}),
        (State.WITH_LEGAL, "decide", {"decision": "shrug", "reason": "x"}),
        (State.REPORTED, "note", {}),
        (State.REPORTED, "hand-over", {}),
        (State.REPORTED, "merge", {"reason": "the same evening"}),
        (State.REPORTED, "hand-over", {"team": "00000000-0000-4000-8000-000000000000"}),
        (State.REPORTED, "acknowledge", {"tier": "T1"}),
    ],
)
def test_bad_input_changes_nothing(case, bring, api_of, supervisor, legal, state, verb, body):
    case = bring(case, state)
    user = legal if state == State.WITH_LEGAL else supervisor
    assert api_of(user).post(url(case, verb), body, format="json").status_code == 400
    before = case.version
    case.refresh_from_db()
    assert (case.state, case.version) == (state, before)
