"""Lanes by skill, disputed clips, an order in which nothing starves, and what spreading heavy clips needs to know.

The generated columns make PostgreSQL write the clip table anew once: some seconds for a million clips.
"""

import django.contrib.postgres.fields
import django.db.models.functions.text
from django.db import migrations, models

import reviews.models.clips

LANE = ["locale", "needs", "is_plain", "turn_at", "id"]
OPEN_TO = {
    3: models.Q(("state", "queued")),
    2: models.Q(("open_to_2", True), ("state", "queued")),
    1: models.Q(("open_to_1", True), ("state", "queued")),
    0: models.Q(("open_to_0", True), ("state", "queued")),
}


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_redaction_and_runs"), ("accounts", "0003_user_skills")]

    operations = [
        *(migrations.RemoveIndex("clip", f"queue_open_to_{severity}") for severity in OPEN_TO),
        migrations.AddField("clip", "skill", models.CharField(blank=True, db_default="", default="", max_length=40)),
        migrations.AddField("clip", "is_disputed", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "clip",
            "needs",
            models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        is_disputed=True,
                        then=django.db.models.functions.text.Concat(models.Value("adjudicator:"), models.F("skill")),
                    ),
                    default=models.F("skill"),
                ),
                output_field=models.CharField(max_length=60),
            ),
        ),
        migrations.AddField(
            "clip",
            "turn_at",
            models.GeneratedField(
                db_persist=True,
                expression=reviews.models.clips.TurnAt(models.F("queued_at"), models.F("priority")),
                output_field=models.DateTimeField(),
            ),
        ),
        *(
            migrations.AddIndex("clip", models.Index(condition=rule, fields=LANE, name=f"queue_open_to_{severity}"))
            for severity, rule in OPEN_TO.items()
        ),
        migrations.AddConstraint(
            "clip",
            models.CheckConstraint(
                condition=models.Q(("is_disputed", False), ("reviews_wanted__gt", 1), _connector="OR"),
                name="clip_disputed_by_several",
            ),
        ),
        migrations.AddField(
            "shift",
            "locales",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=35), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField("shift", "takes_heavy", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("shift", "sound_ms", models.PositiveBigIntegerField(db_default=0, default=0)),
        migrations.AddField("shift", "heavy_ms", models.PositiveBigIntegerField(db_default=0, default=0)),
        migrations.AddField("shift", "last_heavy_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("review", "is_decision", models.BooleanField(db_default=False, default=False)),
    ]
