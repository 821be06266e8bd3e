"""The annotation feed, for the training side."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.api import query_in
from reviews.actions.feed import read_feed
from reviews.api.serializers import FeedQuery
from reviews.api.who import person_of
from reviews.cursors import parse

FeedOut = inline_serializer(
    "Feed",
    {
        "results": serializers.ListField(child=serializers.DictField()),
        "next": serializers.CharField(),
        "has_more": serializers.BooleanField(),
    },
)


@extend_schema(
    parameters=[FeedQuery],
    responses={
        200: FeedOut,
        410: OpenApiResponse(description="The feed was put back from a backup; begin again without `after`."),
    },
)
@api_view(["GET"])
@permission_classes([needs_api(Can.FEED)])
def annotations(request: Request) -> Response:
    """What was reviewed and not flagged, after a cursor; `withdrawal` entries say what to drop. Ask `next` again."""
    query = query_in(FeedQuery, request)
    after, limit = parse(query["after"]), query["limit"]
    page = read_feed(after, limit=limit, acting_user=person_of(request), now=timezone.now())
    return Response({"results": page.entries, "next": str(page.cursor), "has_more": page.has_more})
