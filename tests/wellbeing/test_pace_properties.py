"""Whatever a person does, no limit is passed; whatever they wish, no limit loosens.

The first half holds for any Day at all. The second drives a person who takes every clip that is offered, skips, rests,
changes wishes and has a clock that jumps, and checks a plain record of what was heard against the policy's numbers,
worked out here by other means than the rules'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.wellbeing.people import MONDAY, Listened, Listener, minutes
from tests.wellbeing.strategies import days, instants, policies, preferences, shift_limits, windows
from wellbeing.day import BreakKind, Day, asked_for_gravest
from wellbeing.limits import Policy, Preferences, ShiftWindow
from wellbeing.pace import Decision, pace, pace_outside_shifts

SEVERITIES = st.integers(0, 3)


@given(day=days(), policy=policies(), wishes=preferences(), now=instants(), window=windows())
def test_preferences_never_loosen_a_policy(
    day: Day, policy: Policy, wishes: Preferences, now: datetime, window: ShiftWindow | None
) -> None:
    plain = pace(day, policy, Preferences.none(), now, window)
    assert pace(day, policy, wishes, now, window).strictness >= plain.strictness


def test_a_wish_for_a_longer_cool_down_hides_no_stop() -> None:
    """Found by the property above, once in many runs: the wish turned "enough for today" into a wait of a minute."""
    day = Day(gravest_at=MONDAY)
    now = MONDAY + timedelta(minutes=15)
    window = ShiftWindow(UUID(int=1), now - timedelta(minutes=9), now + timedelta(minutes=1), 1, 1)
    for wishes in (Preferences.none(), Preferences(cool_down_minutes=16)):
        assert pace(day, Policy(), wishes, now, window).code == "clips_spent"


@given(day=days(), policy=policies(), now=instants(), window=windows())
def test_no_policy_is_looser_than_the_defaults(
    day: Day, policy: Policy, now: datetime, window: ShiftWindow | None
) -> None:
    none = Preferences.none()
    assert pace(day, policy, none, now, window).strictness >= pace(day, Policy(), none, now, window).strictness


@given(day=days(), policy=policies(), now=instants(), window=windows())
def test_every_answer_has_words_and_a_future(
    day: Day, policy: Policy, now: datetime, window: ShiftWindow | None
) -> None:
    answer = pace(day, policy, Preferences.none(), now, window)
    assert answer.reason
    assert answer.code
    assert 0 <= answer.max_severity <= 3
    assert answer.until is None or answer.until > now or answer.decision is Decision.STOP


@given(day=days(), policy=policies(), now=instants())
def test_outside_shifts_the_same_ears_are_protected(day: Day, policy: Policy, now: datetime) -> None:
    answer = pace_outside_shifts(day, policy, Preferences.none(), now)
    assert answer.code not in {"no_shift", "shift_over", "clips_spent", "minutes_spent"}


@given(day=days(), policy=policies(), limits=shift_limits(), now=instants(), window=windows())
def test_a_shifts_own_policy_never_loosens_anything(
    day: Day, policy: Policy, limits: dict[str, int] | None, now: datetime, window: ShiftWindow | None
) -> None:
    without, with_them = replace(day, shift_limits=None), replace(day, shift_limits=limits)
    none = Preferences.none()
    assert pace(with_them, policy, none, now, window).strictness >= pace(without, policy, none, now, window).strictness


@given(day=days(), policy=policies(), now=instants(), window=windows(), back=st.integers(2, 5000))
def test_a_clock_set_back_never_gives_what_the_right_one_refuses(
    day: Day, policy: Policy, now: datetime, window: ShiftWindow | None, back: int
) -> None:
    """Whoever worked until `now` gets nothing by a clock that shows less."""
    worked = replace(day, last_work_at=now)
    assert not pace(worked, policy, Preferences.none(), now - minutes(back), window).may_go


class GreedyListener(RuleBasedStateMachine):
    """Takes whatever is offered, and tries everything else: clips, skips, breaks, wishes, clocks that jump either way,
    policies and plans that change. Limits are those of the policy in force and of the shift, the loosest they may be.
    """

    @initialize(policy=st.just(Policy()) | policies(), limits=shift_limits())
    def begins(self, policy: Policy, limits: dict[str, int] | None) -> None:
        self.person = Listener(policy=policy, window=None)
        self.asked_at: datetime | None = None
        self.break_ends_at: datetime | None = None
        self.shortest_rest = self.shortest_heavy_rest = 10_000
        self.on_shift_since = 0
        self._begins_a_shift(policy.shift_minutes, limits)

    @rule(length=st.floats(10, 600), clip=st.floats(0.5, 20), craves=SEVERITIES, says=st.none() | SEVERITIES)
    def works_on(self, length: float, clip: float, craves: int, says: int | None) -> None:
        """Clip after clip, as heavy as it gets, and back at the desk in the very instant that a wait is over."""
        end = self.person.now + minutes(length)
        while self.person.now < end:
            answer = self.person.ask()
            if answer.may_go:
                severity = min(craves, answer.max_severity)
                self._must_be_allowed(severity)
                self.person.listens(clip, severity, says=says)
            elif answer.until is not None and self.person.now < answer.until < end:
                self.person.now = answer.until
            else:
                return

    @rule(mornings=st.integers(2, 4), craves=SEVERITIES)
    def works_day_after_day(self, mornings: int, craves: int) -> None:
        for _ in range(mornings):
            begins = self.person.now
            self.works_on(120, 15, craves, None)
            self.person.now = max(self.person.now, begins + timedelta(hours=24))
            self._begins_a_shift(540, None)

    @rule(length=st.floats(0.1, 30), severity=SEVERITIES, jump=st.just(0.0) | st.floats(-600, 600))
    def listens_to_one(self, length: float, severity: int, jump: float) -> None:
        """While it sounds, the clock on the wall may be set."""
        answer = self.person.ask()
        if answer.may_go and severity <= answer.max_severity:
            self._must_be_allowed(severity)
            self.person.listens(length, severity, jump=jump)

    @rule(length=st.floats(0.1, 30), severity=SEVERITIES)
    def fetches_one_ahead(self, length: float, severity: int) -> None:
        answer = self.person.ask()
        if answer.may_go and severity <= answer.max_severity:
            self.person.fetches_ahead(length, severity)

    @rule(length=st.floats(0.05, 40))
    def idles(self, length: float) -> None:
        self.person.waits(length)

    @rule(hours=st.integers(1, 40))
    def goes_home(self, hours: int) -> None:
        self.person.waits(hours * 60)
        self._begins_a_shift(540, None)

    @rule(kind=st.sampled_from(BreakKind))
    def takes_a_break(self, kind: BreakKind) -> None:
        self.person.takes_a_break(kind)
        self.break_ends_at = self.person.day.break_ends_at

    @precondition(lambda self: not self.person.day.deferred)
    @rule()
    def puts_the_break_off(self) -> None:
        self.person.puts_off()

    @rule()
    def asks_for_a_gravest(self) -> None:
        self.asked_at = self.person.now
        self.person.day = asked_for_gravest(self.person.day, self.person.now)

    @rule(wishes=st.just(Preferences.none()) | preferences())
    def changes_wishes(self, wishes: Preferences) -> None:
        self.person.preferences = wishes

    @rule(policy=st.just(Policy()) | policies())
    def the_policy_is_changed(self, policy: Policy) -> None:
        """By an administrator, in the middle of everything; gentler or back to what it was."""
        self.person.policy = policy
        self._remember_rests()

    @rule(length=st.integers(10, 540), limits=shift_limits())
    def starts_a_new_shift(self, length: int, limits: dict[str, int] | None) -> None:
        self._begins_a_shift(length, limits)

    @rule(by=st.floats(-3000, 3000))
    def the_clock_is_set(self, by: float) -> None:
        """Back, forth, and back again. Forward it cannot be told from time that passed: it is rest."""
        self.person.waits(by)

    @invariant()
    def a_reason_is_always_given(self) -> None:
        if hasattr(self, "person"):
            assert self.person.ask().reason

    def _begins_a_shift(self, length: int, limits: dict[str, int] | None) -> None:
        self.person.begins_a_shift(length, limits)
        self.on_shift_since = len(self.person.heard)
        self._remember_rests()

    def _remember_rests(self) -> None:
        """A rest that was long enough when it was taken stays one when the policy changes afterwards."""
        self.shortest_rest = min(self.shortest_rest, self._policy.break_minutes)
        self.shortest_heavy_rest = min(self.shortest_heavy_rest, self._policy.heavy_rest_minutes)

    @property
    def _policy(self) -> Policy:
        return gentlest_of(self.person.policy, self.person.day.shift_limits)

    def _must_be_allowed(self, severity: int) -> None:
        now, heard, policy = self.person.now, self.person.heard, self._policy
        assert not heard or now >= heard[-1].ends - minutes(1)
        assert self.break_ends_at is None or now >= self.break_ends_at
        today = going_on(heard, timedelta(hours=11), now)
        stretch = going_on(heard, minutes(self.shortest_rest), now)
        assert now - (stretch[0].begins if stretch else now) < minutes(policy.long_break_after_minutes)
        assert total(stretch) < minutes(policy.long_break_after_minutes)
        self._shift_must_allow(today)
        graves = [clip.ends for clip in heard if clip.severity == 3]
        assert not graves or now - graves[-1] >= minutes(policy.cool_down_minutes)
        assert severity <= policy.heaviest
        if severity == 3:
            lately = [clip.ends for clip in today if clip.severity == 3]
            assert not lately or (self.asked_at is not None and self.asked_at >= lately[-1])
        if severity >= 2:
            self._heavy_must_be_allowed(today)

    def _shift_must_allow(self, today: list[Listened]) -> None:
        now, heard, policy, window = self.person.now, self.person.heard, self._policy, self.person.window
        assert window is not None
        assert now < min(window.ends_at, window.started_at + minutes(policy.shift_minutes))
        assert total(today) < minutes(345)
        assert clips_of(today) < 638
        in_shift = heard[self.on_shift_since :]
        length = (window.ends_at - window.started_at) / timedelta(minutes=1)
        assert total(in_shift) < minutes(length * 23 / 36)
        assert clips_of(in_shift) < min(policy.clip_cap, length * 1000 * 23 / 36 / 540)

    def _heavy_must_be_allowed(self, today: list[Listened]) -> None:
        now, policy, window = self.person.now, self._policy, self.person.window
        heavy = [clip for clip in self.person.heard if clip.severity >= 2]
        assert total([clip for clip in today if clip.severity >= 2]) < minutes(policy.heavy_day_minutes)
        assert total(going_on(heavy, minutes(self.shortest_heavy_rest), now)) < minutes(policy.heavy_run_minutes)
        assert window is not None
        length = (window.ends_at - window.started_at) / timedelta(minutes=1)
        in_shift = [clip for clip in self.person.heard[self.on_shift_since :] if clip.severity >= 2]
        assert total(in_shift) < minutes(length * 240 / 540)
        assert window.ends_at - now > minutes(policy.wind_down_minutes)
        running = going_on(heavy, timedelta(hours=36), now)
        before_today = {working_day_of(clip, self.person.heard) for clip in running if clip not in today}
        assert len(before_today) < policy.heavy_days


def gentlest_of(policy: Policy, limits: Mapping[str, int] | None) -> Policy:
    """Worked out by hand: of each limit the gentler, and what is no limit is nothing."""
    lower = ("break_after_minutes", "heavy_run_minutes", "heaviest")
    made = {}
    for name, limit in (limits or {}).items():
        if hasattr(policy, name):
            made[name] = min(getattr(policy, name), limit) if name in lower else max(getattr(policy, name), limit)
    return replace(policy, **made)


def going_on(heard: list[Listened], gap: timedelta, now: datetime) -> list[Listened]:
    """The run of clips that still goes on at `now`: less than `gap` between one and the next, and since the last."""
    run: list[Listened] = []
    for clip in heard:
        run = [clip] if run and clip.begins - run[-1].ends >= gap else [*run, clip]
    return [] if run and now - run[-1].ends >= gap else run


def working_day_of(clip: Listened, heard: list[Listened]) -> datetime:
    upto = heard[: heard.index(clip) + 1]
    return going_on(upto, timedelta(hours=11), clip.ends)[0].begins


def total(run: list[Listened]) -> timedelta:
    return sum((clip.length for clip in run), timedelta())


def clips_of(run: list[Listened]) -> int:
    return sum(clip.clips for clip in run)


TestGreedyListener = GreedyListener.TestCase
# Explaining a failure traces every line and takes longer than a test may; everything else is as ever.
PHASES = [phase for phase in Phase if phase is not Phase.explain]
TestGreedyListener.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, derandomize=True, phases=PHASES
)
