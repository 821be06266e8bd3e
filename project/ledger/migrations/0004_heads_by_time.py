"""The last head of a key that signs no more is found by its time."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_commitments_witness_keys")]
    operations = [
        migrations.AddIndex("checkpoint", models.Index(fields=["-at", "-id"], name="ledger_checkpoint_newest")),
    ]
