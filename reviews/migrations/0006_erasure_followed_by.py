"""What was ordered while a redaction could not be stopped any more is done after it."""

from django.db import migrations, models

REASONS = [
    ("critical_data", "Critical data was heard"),
    ("accidental", "It should never have been recorded"),
    ("retention_end", "Its retention ended"),
    ("subject_request", "The person it concerns asked"),
    ("source_withdrawn", "The source withdrew it"),
    ("case_over", "The case that held it is over"),
    ("restored", "A restored backup had brought it back"),
]


class Migration(migrations.Migration):
    dependencies = [("reviews", "0005_planned_shifts")]

    operations = [
        migrations.AddField(
            model_name="erasure",
            name="followed_by",
            field=models.CharField(blank=True, choices=REASONS, db_default="", default="", max_length=20),
        ),
    ]
