"""The running shift's own sums and limits; rest between planned shifts and unplanned starts by policy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wellbeing", "0002_rooms"),
    ]

    operations = [
        migrations.AddField(
            model_name="wellbeingpolicy",
            name="rest_between_shifts_minutes",
            field=models.PositiveSmallIntegerField(default=660),
        ),
        migrations.AddField(
            model_name="wellbeingpolicy",
            name="unplanned_shifts",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="1: anybody may start a shift without a plan. 0: only planned shifts can be started.",
            ),
        ),
        migrations.AddField(
            model_name="workingday",
            name="shift_began_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="workingday",
            name="shift_heavy_ms",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="workingday",
            name="shift_limits",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="workingday",
            name="shift_work_ms",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="wellbeingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("rest_between_shifts_minutes__range", (660, 2880)), ("unplanned_shifts__lte", 1)),
                name="wellbeing_policy_planning",
            ),
        ),
    ]
