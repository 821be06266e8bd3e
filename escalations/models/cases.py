"""A case: what was reported, about which clips, by whom (as a pseudonym), and the clocks that run."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from escalations.states import TERMINAL, ClockKind, Decision, Standing, State, Tier


class CaseYear(models.Model):
    """The last case number of a year. Drawn by one upsert, whose row lock keeps two openings from the same number."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return str(self.year)


class Case(models.Model):
    """One escalation. Its id is also the id of its data key: facts, notes and reasons are sealed under it.

    `tier` is provisional until triage (T1, or T0 where a report says danger now). `version` counts everything that
    changes what a second person would approve, so that an approval of an older version is refused. `reach` is how far
    a missed clock has climbed: 0 the team's supervisors, 2 all supervisors, 3 on-call. `merged_into` leads to the case
    that goes on, never to one that was merged itself. All times are UTC.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.REPORTED)
    tier = models.CharField(max_length=2, choices=Tier.choices, default=Tier.T1)
    danger_now = models.BooleanField(default=False)
    team = models.ForeignKey("accounts.Team", models.PROTECT, null=True, blank=True, related_name="cases")
    reach = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    decision = models.CharField(max_length=20, choices=Decision.choices, blank=True, default="")
    opened_at = models.DateTimeField()
    triaged_at = models.DateTimeField(null=True, blank=True)
    referred_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    review_open = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    retention_said_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta:
        ordering: ClassVar = ["-opened_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_known"),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="case_tier_known"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(TERMINAL), ended_at__isnull=False)
                | ~Q(state__in=sorted(TERMINAL)) & Q(ended_at=None),
                name="case_ended_at_matches_state",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(ended_at__isnull=False), name="case_retired_was_ended"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.WITH_LEGAL) | Q(referred_at__isnull=False), name="case_with_legal_was_referred"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DECIDED) | Q(decided_at__isnull=False) & ~Q(decision=""),
                name="case_decided_has_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | ~Q(state=State.MERGED) & Q(merged_into=None),
                name="case_merged_leads_somewhere",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("pk")), name="case_not_merged_into_itself"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["ended_at"], name="case_to_retire", condition=Q(ended_at__isnull=False, retired_at=None)
            ),
            models.Index(
                fields=["team", "opened_at"], name="case_open_by_team", condition=~Q(state__in=sorted(TERMINAL))
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state not in TERMINAL

    def standing(self, pending: str = "") -> Standing:
        """What the path's guards ask about. `pending`: the verb that waits for a second person, if any."""
        referred = self.referred_at is not None
        return Standing(State(self.state), Tier(self.tier), referred, self.review_open, pending)


class Exhibit(models.Model):
    """A clip as evidence of a case, of one open case at most. `released_at` is when that case ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="exhibits")
    clip = models.ForeignKey("reviews.Clip", models.PROTECT, related_name="exhibits")
    number = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "clip"], name="exhibit_once_per_case"),
            models.UniqueConstraint(fields=["case", "number"], name="exhibit_number_once_per_case"),
            models.UniqueConstraint(fields=["clip"], condition=Q(released_at=None), name="one_open_case_per_clip"),
        ]

    def __str__(self) -> str:
        return f"Exhibit {self.number}"


class Report(models.Model):
    """What one person reported about a span of a clip. In the case they are "Reporter <number>", never a name.

    `first_case` is where it was reported, if that case was merged into another since: the report goes on in the other.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reports")
    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_made")
    reporter_number = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=20)
    danger_now = models.BooleanField(default=False)
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    first_case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="reports_once")
    sealed_note = models.BinaryField(null=True, blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["reported_at", "reporter_number", "pk"]
        indexes: ClassVar = [models.Index(fields=["reporter", "-reported_at"], name="report_by_reporter")]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def pseudonym(self) -> str:
        return f"Reporter {self.reporter_number}"


class ClockQuerySet(models.QuerySet["Clock"]):
    def running(self) -> ClockQuerySet:
        return self.filter(stopped_at=None)


class Clock(models.Model):
    """One promise with a deadline. A missed one climbs: `rung` is the last step taken; the next is `next_rung_at`.

    `calendar` is the fingerprint of the working calendar that `due_at` was counted by: where it is no longer the
    team's, the sweep counts again. `tightened_at`: somebody reported danger then, and it may not be slower than T0's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=12, choices=ClockKind.choices)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    rung = models.PositiveIntegerField(default=0)
    next_rung_at = models.DateTimeField()
    calendar = models.CharField(max_length=16, default="")
    tightened_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(stopped_at=None), name="one_running_clock_of_a_kind"
            ),
            models.CheckConstraint(condition=Q(kind__in=ClockKind.values), name="clock_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_rung_at"], name="clock_next_rung", condition=Q(stopped_at=None)),
            models.Index(fields=["due_at"], name="clock_due", condition=Q(stopped_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"


class Rung(models.Model):
    """One step of the ladder that was climbed because a clock was missed: who was told, how many."""

    id = models.BigAutoField(primary_key=True)
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="rungs")
    step = models.PositiveIntegerField()
    audience = models.CharField(max_length=20)
    told = models.PositiveIntegerField()
    climbed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["climbed_at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["clock", "step"], name="one_rung_per_step")]

    def __str__(self) -> str:
        return f"step {self.step}"


class Tie(models.Model):
    """Somebody said that they are too close to this case to work on it or approve anything in it."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="ties")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "person"], name="one_tie_per_person")]

    def __str__(self) -> str:
        return f"tie to {self.case_id}"
