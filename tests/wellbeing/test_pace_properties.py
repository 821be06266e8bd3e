"""Whatever a person does, no limit is passed; whatever they wish, no limit loosens.

The first half holds for any Day at all. The second drives a person who takes every clip that is offered, skips, rests,
changes wishes and has a clock that jumps, and checks a plain record of what was heard against the policy's numbers,
worked out here by other means than the rules'.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.wellbeing.people import MONDAY, Listened, Listener, minutes, shift_of
from tests.wellbeing.strategies import days, instants, policies, preferences, windows
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


class GreedyListener(RuleBasedStateMachine):
    """Takes whatever is offered, and tries everything else. Limits are those of the policy, the loosest it may be."""

    @initialize(policy=st.just(Policy()) | policies())
    def begins(self, policy: Policy) -> None:
        self.person = Listener(policy=policy, window=shift_of(policy.shift_minutes))
        self.asked_at: datetime | None = None
        self.break_ends_at: datetime | None = None

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
            self.person.now = begins + timedelta(hours=24)
            self.person.window = shift_of(self.person.policy.shift_minutes, begins=self.person.now)

    @rule(length=st.floats(0.1, 30), severity=SEVERITIES)
    def listens_to_one(self, length: float, severity: int) -> None:
        answer = self.person.ask()
        if answer.may_go and severity <= answer.max_severity:
            self._must_be_allowed(severity)
            self.person.listens(length, severity)

    @rule(length=st.floats(0.05, 40))
    def idles(self, length: float) -> None:
        self.person.waits(length)

    @rule(hours=st.integers(1, 40))
    def goes_home(self, hours: int) -> None:
        self.person.waits(hours * 60)
        self.person.window = shift_of(self.person.policy.shift_minutes, begins=self.person.now)

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

    @rule(length=st.integers(10, 540))
    def starts_a_new_shift(self, length: int) -> None:
        self.person.window = shift_of(min(length, self.person.policy.shift_minutes), begins=self.person.now)

    @rule(back=st.floats(0.1, 120))
    def clock_jumps_back(self, back: float) -> None:
        """What was heard does not move, so for the record it happened where the clock first stood."""
        latest = self.person.heard[-1].ends if self.person.heard else MONDAY
        self.person.now = max(self.person.now - minutes(back), latest)

    @invariant()
    def a_reason_is_always_given(self) -> None:
        if hasattr(self, "person"):
            assert self.person.ask().reason

    def _must_be_allowed(self, severity: int) -> None:
        now, heard, policy = self.person.now, self.person.heard, self.person.policy
        assert self.break_ends_at is None or now >= self.break_ends_at
        today = going_on(heard, timedelta(hours=11), now)
        stretch = going_on(heard, minutes(policy.break_minutes), now)
        assert now - (stretch[0].begins if stretch else now) < minutes(policy.long_break_after_minutes)
        assert total(today) < minutes(345)
        assert len(today) < 638
        graves = [clip.ends for clip in heard if clip.severity == 3]
        assert not graves or now - graves[-1] >= minutes(policy.cool_down_minutes)
        if severity == 3:
            lately = [clip.ends for clip in today if clip.severity == 3]
            assert not lately or (self.asked_at is not None and self.asked_at >= lately[-1])
        if severity >= 2:
            self._heavy_must_be_allowed(today)

    def _heavy_must_be_allowed(self, today: list[Listened]) -> None:
        now, policy, window = self.person.now, self.person.policy, self.person.window
        heavy = [clip for clip in self.person.heard if clip.severity >= 2]
        assert total([clip for clip in today if clip.severity >= 2]) < minutes(policy.heavy_day_minutes)
        assert total(going_on(heavy, minutes(policy.heavy_rest_minutes), now)) < minutes(policy.heavy_run_minutes)
        assert window is not None
        assert window.ends_at - now > minutes(policy.wind_down_minutes)
        running = going_on(heavy, timedelta(hours=36), now)
        before_today = {working_day_of(clip, self.person.heard) for clip in running if clip not in today}
        assert len(before_today) < policy.heavy_days


def going_on(heard: list[Listened], gap: timedelta, now: datetime) -> list[Listened]:
    """The run of clips that still goes on at `now`: less than `gap` between one and the next, and since the last."""
    run: list[Listened] = []
    for clip in heard:
        run = [clip] if run and clip.begins - run[-1].ends >= gap else [*run, clip]
    return [] if run and now - run[-1].ends >= gap else run


def working_day_of(clip: Listened, heard: list[Listened]) -> datetime:
    upto = [other for other in heard if other.begins <= clip.begins]
    return going_on(upto, timedelta(hours=11), clip.ends)[0].begins


def total(run: list[Listened]) -> timedelta:
    return sum((clip.ends - clip.begins for clip in run), timedelta())


TestGreedyListener = GreedyListener.TestCase
TestGreedyListener.settings = settings(max_examples=50, stateful_step_count=20, deadline=None, derandomize=True)
