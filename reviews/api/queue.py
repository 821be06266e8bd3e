"""The supervisor's queue for programs: figures, priority, recall, and who holds which skill."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.skills import MOST_SKILLS
from project.api import StrictSerializer
from reviews.actions import queues, skills
from reviews.actions.queues import Depth, Lane
from reviews.api.serializers import LocaleField, NothingIn, SkillField
from reviews.api.shapes import LeaseStateOut
from reviews.api.who import person_of

MOST_LEASES: int = 200


class LaneOut(serializers.Serializer[Depth]):
    locale = serializers.CharField(source="lane.locale")
    skill = serializers.CharField(source="lane.skill")
    to_decide = serializers.BooleanField(source="lane.to_decide")
    queued = serializers.IntegerField()
    oldest_at = serializers.DateTimeField(allow_null=True)
    leased = serializers.IntegerField()


class TeamLeaseOut(serializers.Serializer[object]):
    """A clip on a desk of the team. Whose desk is not said."""

    id = serializers.UUIDField()
    clip = serializers.UUIDField(source="clip_id")
    locale = serializers.CharField(source="clip.locale")
    skill = serializers.CharField(source="clip.skill")
    claimed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class QueueOut(serializers.Serializer[object]):
    queued = serializers.IntegerField()
    leased = serializers.IntegerField()
    oldest_at = serializers.DateTimeField(allow_null=True)
    lanes = LaneOut(many=True)
    leases = TeamLeaseOut(many=True)


class PrioritiseIn(StrictSerializer):
    """One clip, or every waiting clip of a lane."""

    either: ClassVar[Sequence[tuple[str, Mapping[str, Any]]]] = (
        ("clip", {"locale": None, "skill": None, "to_decide": None}),
        ("locale", {"clip": None}),
    )
    clip = serializers.UUIDField(required=False)
    locale = LocaleField(required=False)
    skill = SkillField(required=False, allow_blank=True)
    to_decide = serializers.BooleanField(required=False)
    priority = serializers.IntegerField(min_value=0, max_value=9)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("clip" in attrs) == ("locale" in attrs):
            raise serializers.ValidationError({"clip": ["Name a clip or a locale, one of the two."]})
        if "clip" in attrs and attrs.keys() & {"skill", "to_decide"}:
            raise serializers.ValidationError({"clip": ["A clip needs no skill beside it."]})
        return attrs


class MovedOut(serializers.Serializer[object]):
    moved = serializers.IntegerField()


class SkillsIn(StrictSerializer):
    skills = serializers.ListField(child=SkillField(), max_length=MOST_SKILLS)


class PersonOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField(source="display_name")
    skills = serializers.ListField(child=serializers.CharField())


@extend_schema(responses=QueueOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def queue(request: Request) -> Response:
    """Depth, age and desks by lane, and what is on the own team's desks."""
    depths = queues.depths()
    body = {
        "queued": sum(depth.queued for depth in depths),
        "leased": sum(depth.leased for depth in depths),
        "oldest_at": min((depth.oldest_at for depth in depths if depth.oldest_at), default=None),
        "lanes": depths,
        "leases": queues.live_leases_of_team(person_of(request))[:MOST_LEASES],
    }
    return Response(QueueOut(body).data)


@extend_schema(request=PrioritiseIn, responses={200: MovedOut, 409: OpenApiResponse(description="Not queued now.")})
@api_view(["POST"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def prioritise(request: Request) -> Response:
    form = PrioritiseIn(data=request.data)
    form.is_valid(raise_exception=True)
    body, person, now = dict(form.validated_data), person_of(request), timezone.now()
    priority = body.pop("priority")
    if "clip" in body:
        queues.prioritise(body["clip"], priority, acting_user=person, now=now)
        return Response({"moved": 1})
    return Response({"moved": queues.prioritise_lane(Lane(**body), priority, acting_user=person, now=now)})


@extend_schema(request=NothingIn, responses=LeaseStateOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def recall(request: Request, lease_id: UUID) -> Response:
    """Take a clip back from a desk of the own team."""
    NothingIn(data=request.data).is_valid(raise_exception=True)
    lease = queues.recall_lease(lease_id, acting_user=person_of(request), now=timezone.now())
    return Response(LeaseStateOut(lease).data)


@extend_schema(responses=PersonOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def people(request: Request) -> Response:
    """The own team's reviewers and what they hold."""
    return Response(PersonOut(skills.people_of(person_of(request)), many=True).data)


@extend_schema(request=SkillsIn, responses=PersonOut)
@api_view(["PUT"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def set_skills(request: Request, person_id: UUID) -> Response:
    """The whole list of what a person of the own team holds from now on."""
    form = SkillsIn(data=request.data)
    form.is_valid(raise_exception=True)
    wanted = form.validated_data["skills"]
    person = skills.set_skills(person_id, wanted, acting_user=person_of(request), now=timezone.now())
    return Response(PersonOut(person).data)
