"""People hold skills; a clip may ask for one."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sign_ins_and_texts")]

    operations = [
        migrations.AddField(
            "user",
            "skills",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None
            ),
        ),
    ]
