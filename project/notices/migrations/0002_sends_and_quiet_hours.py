import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_works_council"),
        ("notices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuietHours",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="quiet_hours",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("begins", models.TimeField()),
                ("ends", models.TimeField()),
                ("time_zone", models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="Send",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sends", to="notices.notice"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("in_app", "In the app"), ("email", "By mail"), ("apprise", "To the organisation")],
                        max_length=8,
                    ),
                ),
                ("target", models.CharField(blank=True, max_length=40)),
                ("once", models.CharField(max_length=200, null=True)),
                ("urgent", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("dropped", "Dropped"),
                        ],
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("next_at", models.DateTimeField(null=True)),
                ("give_up_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=60)),
            ],
        ),
        migrations.AddConstraint(
            model_name="quiethours",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins", models.F("ends")), _negated=True), name="notices_quiet_has_a_length"
            ),
        ),
        migrations.AddIndex(
            model_name="send",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="notices_to_send"),
        ),
        migrations.AddIndex(
            model_name="send",
            index=models.Index(
                condition=models.Q(
                    ("state", "failed"), models.Q(("error__gt", ""), ("state", "waiting")), _connector="OR"
                ),
                fields=["channel"],
                name="notices_failing_sends",
            ),
        ),
        migrations.AddConstraint(
            model_name="send",
            constraint=models.UniqueConstraint(fields=("notice", "channel", "target"), name="notices_one_send_a_way"),
        ),
        migrations.AddConstraint(
            model_name="send",
            constraint=models.UniqueConstraint(fields=("once",), name="notices_send_once"),
        ),
        migrations.AddConstraint(
            model_name="send",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_at__isnull", False), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("next_at", None)),
                    _connector="OR",
                ),
                name="notices_waiting_has_a_next_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="send",
            constraint=models.CheckConstraint(
                condition=models.Q(("target", ""), ("channel", "apprise"), _connector="OR"),
                name="notices_target_of_organisation",
            ),
        ),
    ]
