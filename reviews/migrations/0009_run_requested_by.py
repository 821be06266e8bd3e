"""A run of erasures says which account asked for it, so that a source can follow its withdrawal."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("reviews", "0008_ingest_runs")]

    operations = [
        migrations.AddField(
            model_name="erasurerun",
            name="requested_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]  # fmt: skip
