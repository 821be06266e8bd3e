"""Bulk ingests as rows: runs, batches, refusals."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0007_feed_comes_back"),
    ]

    operations = [
        migrations.CreateModel(
            name="IngestBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("start", models.PositiveBigIntegerField()),
                ("stop", models.PositiveBigIntegerField()),
                ("first_line", models.PositiveBigIntegerField()),
                ("lines", models.PositiveIntegerField()),
                ("audio_bytes", models.PositiveBigIntegerField(default=0)),
                ("mark", models.BinaryField(max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("announced_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("new", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("erased", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="IngestRefusal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("line", models.PositiveBigIntegerField()),
                ("code", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=300)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refusals", to="reviews.ingestbatch"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IngestRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("staging", "Staging"),
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("stopped", "Stopped"),
                        ],
                        default="staging",
                        max_length=8,
                    ),
                ),
                ("folder", models.TextField()),
                ("manifest", models.TextField()),
                ("size", models.PositiveBigIntegerField()),
                ("modified_ns", models.BigIntegerField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("staged_to", models.PositiveBigIntegerField(default=0)),
                ("staged_line", models.PositiveBigIntegerField(default=1)),
                ("unreachable_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-started_at"], name="ingest_run_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["staging", "running", "finished", "stopped"])),
                        name="ingest_run_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["staging", "running"])),
                        fields=("manifest",),
                        name="one_open_run_a_manifest",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="ingestbatch",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="batches",
                to="reviews.ingestrun",
            ),
        ),
        migrations.AddIndex(
            model_name="ingestbatch",
            index=models.Index(
                condition=models.Q(("done_at", None)), fields=["run", "number"], name="ingest_batch_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="ingestbatch",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="ingest_batch_number"),
        ),
        migrations.AddConstraint(
            model_name="ingestbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("start__lt", models.F("stop"))), name="ingest_batch_has_bytes"
            ),
        ),
    ]
