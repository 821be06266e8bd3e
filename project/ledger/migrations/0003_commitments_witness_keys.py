"""Commitments from the moment of recording, a chain of checkpoints, changes of the signing key, and the witness."""

from __future__ import annotations

import importlib

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# A module whose name begins with a digit has no import statement of its own.
guards = importlib.import_module("project.ledger.migrations.0002_append_only").guards


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.AddField("entry", "commitment", models.BinaryField(max_length=32, null=True)),
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["actor_id", "-at", "-id"], name="ledger_entry_actor", condition=Q(actor_id__isnull=False)
            ),
        ),
        migrations.AddField("checkpoint", "previous", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="KeyChange",
            fields=[
                (
                    "version",
                    models.PositiveIntegerField(
                        help_text="The new key's version in the ring", primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("both_sign_until", models.DateTimeField()),
                ("note", models.TextField()),
            ],
        ),
        *guards("ledger_keychange"),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "checkpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="handover",
                        serialize=False,
                        to="ledger.checkpoint",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("waiting", "Waits"), ("taken", "Taken"), ("refused", "Refused")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("last_error_code", models.CharField(blank=True, default="", max_length=60)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(outcome="waiting", ended_at=None)
                        | ~Q(outcome="waiting") & Q(ended_at__isnull=False),
                        name="handover_ended_or_waiting",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["next_attempt_at"], name="handover_waiting", condition=Q(outcome="waiting")),
                    models.Index(fields=["-ended_at"], name="handover_ended"),
                ],
            },
        ),
    ]
