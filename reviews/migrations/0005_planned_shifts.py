"""Planned shifts, and ceilings of listening and heavy minutes for every shift."""

import datetime
import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

# 345 minutes of listening in 540 of a shift, 240 of them heavy: what the product allows at most.
FILL = """
UPDATE reviews_shift SET
  max_listening_minutes = least(345, floor(extract(epoch FROM ends_at - started_at) / 60 * 23 / 36)),
  max_heavy_minutes = least(240, floor(floor(extract(epoch FROM ends_at - started_at) / 60 * 23 / 36) * 240 / 345))
"""
# A range of ids needs no extension: with it one constraint can say "the same person" and "at the same time".


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0004_queue_lanes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name="shift",
            name="extra_heavy_asked",
        ),
        migrations.AddField(
            model_name="shift",
            name="max_heavy_minutes",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="shift",
            name="max_listening_minutes",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="shift",
            name="max_heavy_minutes",
            field=models.PositiveSmallIntegerField(),
        ),
        migrations.AlterField(
            model_name="shift",
            name="max_listening_minutes",
            field=models.PositiveSmallIntegerField(),
        ),
        migrations.RunSQL("CREATE TYPE uuidrange AS RANGE (subtype = uuid)", "DROP TYPE uuidrange"),
        migrations.CreateModel(
            name="PlannedShift",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("rest_until", models.DateTimeField()),
                ("time_zone", models.CharField(max_length=60)),
                ("max_clips", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("max_listening_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("max_heavy_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("break_after_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("break_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("heavy_run_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("heaviest", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("cool_down_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("wind_down_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("planned_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="shift",
            name="plan",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shift",
                to="reviews.plannedshift",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("started_at"), "+", models.Value(datetime.timedelta(seconds=32400))
                        ),
                    )
                ),
                name="shift_at_most_nine_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends_at__gte",
                        models.ExpressionWrapper(
                            django.db.models.expressions.CombinedExpression(
                                models.F("started_at"),
                                "+",
                                models.ExpressionWrapper(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("max_listening_minutes"),
                                        "*",
                                        models.Value(datetime.timedelta(seconds=93, microseconds=913043)),
                                    ),
                                    output_field=models.DurationField(),
                                ),
                            ),
                            output_field=models.DateTimeField(),
                        ),
                    )
                ),
                name="shift_listening_within_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(
                            models.F("max_listening_minutes"), "*", models.Value(1000)
                        ),
                        output_field=models.IntegerField(),
                    ),
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(models.F("max_clips"), "*", models.Value(540)),
                        output_field=models.IntegerField(),
                    ),
                ),
                name="shift_clips_within_listening",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(
                            models.F("max_listening_minutes"), "*", models.Value(240)
                        ),
                        output_field=models.IntegerField(),
                    ),
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(
                            models.F("max_heavy_minutes"), "*", models.Value(345)
                        ),
                        output_field=models.IntegerField(),
                    ),
                ),
                name="shift_heavy_within_listening",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_heavy_minutes__lte", 240)), name="shift_at_most_4_heavy_hours"
            ),
        ),
        migrations.AddIndex(
            model_name="plannedshift",
            index=models.Index(
                condition=models.Q(("cancelled_at", None)), fields=["team", "starts_at"], name="plans_of_team"
            ),
        ),
        migrations.AddIndex(
            model_name="plannedshift",
            index=models.Index(
                condition=models.Q(("cancelled_at", None)), fields=["person", "starts_at"], name="plans_of_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled_at", None)),
                expressions=[
                    (
                        models.Func(models.F("person"), models.F("person"), models.Value("[]"), function="uuidrange"),
                        "&&",
                    ),
                    (
                        models.Func(
                            models.F("starts_at"),
                            models.F("rest_until"),
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="one_planned_shift_at_a_time_and_rest",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="plan_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("starts_at"), "+", models.Value(datetime.timedelta(seconds=32400))
                        ),
                    )
                ),
                name="plan_at_most_nine_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rest_until__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("ends_at"), "+", models.Value(datetime.timedelta(seconds=39600))
                        ),
                    )
                ),
                name="plan_rest_after_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends_at__gte",
                        models.ExpressionWrapper(
                            django.db.models.expressions.CombinedExpression(
                                models.F("starts_at"),
                                "+",
                                models.ExpressionWrapper(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("max_listening_minutes"),
                                        "*",
                                        models.Value(datetime.timedelta(seconds=93, microseconds=913043)),
                                    ),
                                    output_field=models.DurationField(),
                                ),
                            ),
                            output_field=models.DateTimeField(),
                        ),
                    )
                ),
                name="plan_listening_within_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(
                            models.F("max_listening_minutes"), "*", models.Value(1000)
                        ),
                        output_field=models.IntegerField(),
                    ),
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(models.F("max_clips"), "*", models.Value(540)),
                        output_field=models.IntegerField(),
                    ),
                ),
                name="plan_clips_within_listening",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(
                            models.F("max_listening_minutes"), "*", models.Value(240)
                        ),
                        output_field=models.IntegerField(),
                    ),
                    models.ExpressionWrapper(
                        django.db.models.expressions.CombinedExpression(
                            models.F("max_heavy_minutes"), "*", models.Value(345)
                        ),
                        output_field=models.IntegerField(),
                    ),
                ),
                name="plan_heavy_within_listening",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_heavy_minutes__lte", 240)), name="plan_at_most_4_heavy_hours"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_clips", None), ("max_clips__lte", 1000), _connector="OR"),
                name="plan_at_most_1000_clips",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("break_after_minutes", None), ("break_after_minutes__range", (5, 50)), _connector="OR"
                ),
                name="plan_break_after_minutes_gentler",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("break_minutes", None), ("break_minutes__range", (10, 120)), _connector="OR"),
                name="plan_break_minutes_gentler",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("heavy_run_minutes", None), ("heavy_run_minutes__range", (0, 120)), _connector="OR"
                ),
                name="plan_heavy_run_minutes_gentler",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("heaviest", None), ("heaviest__range", (0, 3)), _connector="OR"),
                name="plan_heaviest_gentler",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cool_down_minutes", None), ("cool_down_minutes__range", (15, 540)), _connector="OR"
                ),
                name="plan_cool_down_minutes_gentler",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("wind_down_minutes", None), ("wind_down_minutes__range", (30, 540)), _connector="OR"
                ),
                name="plan_wind_down_minutes_gentler",
            ),
        ),
    ]
