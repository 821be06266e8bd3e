"""What planned shifts look like on the wire. Days and times of day are the team's; instants are RFC 3339 UTC."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from project.api import StrictSerializer
from reviews.actions.plans import Wish
from reviews.localtimes import Which
from reviews.models import PlannedShift
from reviews.models.plans import CEILINGS, LIMITS
from reviews.plan_access import EARLY

TIME_FORMATS = ["%H:%M"]


def _limit() -> serializers.IntegerField:
    return serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=1000)


class PlanChangeIn(StrictSerializer):
    """A day and two times of the team's clock; `ends` is on the next day where it is not after `begins`.

    `which` (first, second) is needed where the clock shows one of them twice.
    """

    day = serializers.DateField()
    begins = serializers.TimeField(input_formats=TIME_FORMATS)
    ends = serializers.TimeField(input_formats=TIME_FORMATS)
    which = serializers.ChoiceField(choices=[which.value for which in Which], required=False)
    max_clips = _limit()
    max_listening_minutes = _limit()
    max_heavy_minutes = _limit()
    break_after_minutes = _limit()
    break_minutes = _limit()
    heavy_run_minutes = _limit()
    heaviest = _limit()
    cool_down_minutes = _limit()
    wind_down_minutes = _limit()

    def wish(self) -> Wish:
        """Call after `is_valid`."""
        data = self.validated_data
        which = Which(data["which"]) if "which" in data else None
        return Wish(data["day"], data["begins"], data["ends"], which, {n: data.get(n) for n in (*CEILINGS, *LIMITS)})


class PlanIn(PlanChangeIn):
    team = serializers.UUIDField()
    person = serializers.UUIDField()

    def target(self) -> dict[str, UUID]:
        return {"team_id": self.validated_data["team"], "person_id": self.validated_data["person"]}


class PlansQuery(StrictSerializer):
    """Without `team`: your teams only. `week` is any day of it."""

    team = serializers.UUIDField(required=False)
    week = serializers.DateField(required=False)


class CopyWeekIn(StrictSerializer):
    """Both weeks by their Mondays."""

    team = serializers.UUIDField()
    week = serializers.DateField()
    to_week = serializers.DateField()


class OwnPlanOut(serializers.ModelSerializer[PlannedShift]):
    """A shift planned for oneself; POST shifts/ with `plan` starts it from `start_from` on."""

    start_from = serializers.SerializerMethodField()

    class Meta:
        model = PlannedShift
        fields = ("id", "team", "starts_at", "ends_at", "time_zone", "start_from", *CEILINGS, *LIMITS)

    def get_start_from(self, plan: PlannedShift) -> str:
        return serializers.DateTimeField().to_representation(plan.starts_at - EARLY)


class PlanPersonOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(source="display_name")


class PlanOut(serializers.ModelSerializer[PlannedShift]):
    """As its supervisor sees it. Whether it was started is the person's own."""

    person = PlanPersonOut(read_only=True)

    class Meta:
        model = PlannedShift
        fields = ("id", "team", "person", "starts_at", "ends_at", "time_zone", "cancelled_at", *CEILINGS, *LIMITS)


class PlanDayOut(serializers.Serializer[Any]):
    day = serializers.DateField()
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    hours = serializers.FloatField(help_text="23 or 25 where the clocks change.")
    is_off = serializers.BooleanField()


class TeamOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    time_zone = serializers.CharField()


class PlanWeekOut(serializers.Serializer[Any]):
    teams = TeamOut(many=True)
    team = serializers.UUIDField(required=False)
    time_zone = serializers.CharField(required=False)
    days = PlanDayOut(many=True, required=False)
    members = PlanPersonOut(many=True, required=False)
    planned_shifts = PlanOut(many=True, required=False)


class LeftOut(serializers.Serializer[Any]):
    plan = serializers.UUIDField(source="plan.pk")
    why = serializers.CharField()


class CopiedOut(serializers.Serializer[Any]):
    made = PlanOut(many=True)
    left = LeftOut(many=True)
