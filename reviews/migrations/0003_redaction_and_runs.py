"""Redaction, undo, runs with progress, rates of false activations; what an erasure destroys has a name of its own."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("reviews", "0002_erasures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActivationCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "device",
                        "locale",
                        "trigger",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("device", models.BinaryField(default=b"", max_length=32)),
                ("locale", models.CharField(max_length=35)),
                (
                    "trigger",
                    models.CharField(
                        choices=[("wake_word", "Wake Word"), ("button", "Button"), ("unknown", "Unknown")],
                        max_length=10,
                    ),
                ),
                ("judged", models.PositiveIntegerField()),
                ("false", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ErasurePolicy",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("is_ours", models.BooleanField(default=True, editable=False)),
                (
                    "undo_minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="How long an order may be taken back before it is carried out: 0 to 45 minutes.",
                    ),
                ),
                (
                    "redact_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("address", "address"),
                                ("bank_account", "bank_account"),
                                ("credential", "credential"),
                                ("email", "email"),
                                ("other", "other"),
                                ("payment_card", "payment_card"),
                                ("phone", "phone"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        help_text="Silenced instead of erased where spans say where; with commas, of: address, bank_account, credential, email, other, payment_card, phone.",
                        size=None,
                    ),
                ),
                (
                    "erases_accidental",
                    models.BooleanField(
                        default=True,
                        help_text="A recording made by a false activation is erased; only the fact is counted.",
                    ),
                ),
                (
                    "accidental_hours",
                    models.PositiveSmallIntegerField(
                        default=24, help_text="How long the erasure of an accidental recording may take: 1 to 72 hours."
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "erasure policies",
            },
        ),
        migrations.CreateModel(
            name="ErasureRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("critical_data", "Critical data was heard"),
                            ("accidental", "It should never have been recorded"),
                            ("retention_end", "Its retention ended"),
                            ("subject_request", "The person it concerns asked"),
                            ("source_withdrawn", "The source withdrew it"),
                            ("case_over", "The case that held it is over"),
                            ("restored", "A restored backup had brought it back"),
                        ],
                        max_length=20,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("all_ordered_at", models.DateTimeField(blank=True, null=True)),
                ("overdue_told_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="erasure",
            name="one_open_erasure_per_clip",
        ),
        migrations.RemoveConstraint(
            model_name="erasure",
            name="erasure_no_return_matches_state",
        ),
        migrations.RemoveConstraint(
            model_name="erasure",
            name="erasure_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="feedentry",
            name="feed_lists_a_review_once",
        ),
        migrations.RemoveConstraint(
            model_name="feedentry",
            name="feed_withdraws_a_clip_once",
        ),
        migrations.RemoveIndex(
            model_name="erasure",
            name="erasure_open_by_deadline",
        ),
        migrations.AddField(
            model_name="clip",
            name="device_hmac",
            field=models.BinaryField(blank=True, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="clip",
            name="resealed_as",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="clip",
            name="version",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="erasure",
            name="method",
            field=models.CharField(
                choices=[("erase", "Erase"), ("redact", "Redact")], db_default="erase", default="erase", max_length=6
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="resealed_as",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="resealed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="undo_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="vault_id",
            field=models.UUIDField(editable=False, null=True),
        ),
        # Until now a clip's key and bytes have had the clip's own id.
        migrations.RunSQL("UPDATE reviews_erasure SET vault_id = clip_id", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="erasure",
            name="vault_id",
            field=models.UUIDField(editable=False),
        ),
        migrations.AddField(
            model_name="erasure",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="working_copy_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="feedentry",
            name="version",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="flag",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="is_counted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="subjecterasure",
            name="overdue_told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="erasure",
            name="state",
            field=models.CharField(
                choices=[
                    ("ordered", "Ordered"),
                    ("waiting", "Waiting for a hold"),
                    ("shredding", "Shredding"),
                    ("verifying", "Verifying"),
                    ("certified", "Certified"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="ordered",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("is_counted", False)), fields=["reviewed_at"], name="review_not_counted_yet"
            ),
        ),
        migrations.AddConstraint(
            model_name="clip",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resealed_as__isnull", False)),
                fields=("resealed_as",),
                name="clip_resealed_under_its_own_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "annotation")),
                fields=("review", "version"),
                name="feed_lists_a_review_once_a_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "withdrawal")),
                fields=("clip", "version"),
                name="feed_withdraws_a_version_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="activationcount",
            constraint=models.CheckConstraint(
                condition=models.Q(("false__lte", models.F("judged"))), name="false_activations_were_judged"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurepolicy",
            constraint=models.UniqueConstraint(fields=("is_ours",), name="one_erasure_policy"),
        ),
        migrations.AddConstraint(
            model_name="erasurepolicy",
            constraint=models.CheckConstraint(condition=models.Q(("is_ours", True)), name="erasure_policy_is_ours"),
        ),
        migrations.AddConstraint(
            model_name="erasurepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("undo_minutes__lte", 45)), name="undo_leaves_time_to_erase"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("accidental_hours__gte", 1), ("accidental_hours__lte", 72)),
                name="accidental_hours_1_to_72",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "redact_categories__contained_by",
                        ["address", "bank_account", "credential", "email", "other", "payment_card", "phone"],
                    )
                ),
                name="redacts_known_categories",
            ),
        ),
        migrations.AddIndex(
            model_name="erasurerun",
            index=models.Index(fields=["-started_at"], name="erasure_run_newest"),
        ),
        migrations.AddConstraint(
            model_name="erasurerun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("all_ordered_at", None)), fields=("reason",), name="one_run_of_a_reason_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurerun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        [
                            "critical_data",
                            "accidental",
                            "retention_end",
                            "subject_request",
                            "source_withdrawn",
                            "case_over",
                            "restored",
                        ],
                    )
                ),
                name="erasure_run_reason_known",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="run",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="erasures",
                to="reviews.erasurerun",
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(("state__in", ["certified", "withdrawn"]), _negated=True),
                fields=["due_at", "id"],
                name="erasure_by_deadline",
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(
                    models.Q(("state__in", ["certified", "withdrawn"]), _negated=True),
                    ("reason__in", ["accidental", "critical_data", "restored", "source_withdrawn"]),
                ),
                fields=["due_at", "id"],
                name="erasure_urgent_by_deadline",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["certified", "withdrawn"]), _negated=True),
                fields=("clip",),
                name="one_open_erasure_per_clip",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("no_return_at", None), ("state__in", ["ordered", "waiting", "withdrawn"])),
                    models.Q(
                        ("no_return_at__isnull", False),
                        models.Q(("state__in", ["ordered", "waiting", "withdrawn"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="erasure_no_return_matches_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["ordered", "waiting", "shredding", "verifying", "certified", "withdrawn"])
                ),
                name="erasure_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["erase", "redact"])), name="erasure_method_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True), ("withdrawn_at__isnull", False), _connector="OR"
                ),
                name="erasure_withdrawn_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("method", "erase"), ("no_return_at", None), ("resealed_at__isnull", False), _connector="OR"
                ),
                name="erasure_redaction_stored_before_no_return",
            ),
        ),
    ]
