"""Bulk ingests: a manifest in progress. Rows say which bytes of which file, never what stands there."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class IngestState(models.TextChoices):
    """`staging -> running -> finished`; `stopped` where the manifest changed meanwhile or another run replaced it."""

    STAGING = "staging"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


class IngestRun(models.Model):
    """One manifest being handed in. `folder` and `manifest` are paths that every worker that helps must see.

    `size` and `modified_ns` tell whether the manifest is still the file that was staged up to byte `staged_to`, line
    `staged_line`. `unreachable_at`: when a worker last found that it sees no such file.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=8, choices=IngestState.choices, default=IngestState.STAGING)
    folder = models.TextField()
    manifest = models.TextField()
    size = models.PositiveBigIntegerField()
    modified_ns = models.BigIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    staged_to = models.PositiveBigIntegerField(default=0)
    staged_line = models.PositiveBigIntegerField(default=1)
    unreachable_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=IngestState.values), name="ingest_run_state_known"),
            models.UniqueConstraint(
                fields=["manifest"], condition=Q(state__in=["staging", "running"]), name="one_open_run_a_manifest"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="ingest_run_newest")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.state in {IngestState.STAGING, IngestState.RUNNING}


class IngestBatch(models.Model):
    """Bytes `start` to `stop` of a run's manifest, done in one transaction or not at all.

    `mark` is a keyed hash of those bytes: what is handed in is what was staged. A worker holds it until `leased_until`
    (None: nobody does); `announced_at` is when one was last told of it. `attempts` counts those that ended without a
    trace, as a killed process does.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(IngestRun, on_delete=models.PROTECT, related_name="batches", db_index=False)
    number = models.PositiveIntegerField()
    start = models.PositiveBigIntegerField()
    stop = models.PositiveBigIntegerField()
    first_line = models.PositiveBigIntegerField()
    lines = models.PositiveIntegerField()
    audio_bytes = models.PositiveBigIntegerField(default=0)
    mark = models.BinaryField(max_length=32)
    leased_until = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    new = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    erased = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="ingest_batch_number"),
            models.CheckConstraint(condition=Q(start__lt=models.F("stop")), name="ingest_batch_has_bytes"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "number"], name="ingest_batch_open", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"batch {self.number}"


class IngestRefusal(models.Model):
    """A line that was not taken, and why, in words of ours: the line itself stays in the manifest."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(IngestBatch, on_delete=models.PROTECT, related_name="refusals")
    line = models.PositiveBigIntegerField()
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"
