"""The same cycle as the framework's own guides write it: models, model serializers, generic views, defaults left alone.

Still no sign-in, no rules, no checks. What a team has on its first day, beside the floor of one statement each.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models, transaction
from rest_framework import generics, serializers
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Task(models.Model):
    id = models.BigAutoField(primary_key=True)
    taken = models.BooleanField(default=False)

    class Meta:
        app_label = "bench"
        db_table = "bench_task"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class Review(models.Model):
    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.DO_NOTHING, db_column="task", db_constraint=False)
    said = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "bench_review"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class TaskOut(serializers.ModelSerializer[Task]):
    class Meta:
        model = Task
        fields: ClassVar = ["id", "taken"]


class ReviewIn(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields: ClassVar = ["id", "task", "said"]


class Usual(APIView):
    """What the framework does where its settings are left alone; the floor's turn it off."""

    authentication_classes = (SessionAuthentication, BasicAuthentication)
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)
    parser_classes = (JSONParser, FormParser, MultiPartParser)


class Claim(Usual):
    def post(self, request: Request) -> Response:
        with transaction.atomic():
            task = Task.objects.select_for_update(skip_locked=True).filter(taken=False).order_by("id")[:1].get()
            task.taken = True
            task.save(update_fields=["taken"])
        return Response(TaskOut(task).data, status=201)


class Submit(Usual, generics.CreateAPIView[Review]):
    queryset = Review.objects.all()
    serializer_class = ReviewIn
