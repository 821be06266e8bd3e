from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("escalations", "0009_emergency_access")]

    operations = [
        migrations.AddField(
            model_name="oncallduty",
            name="series",
            field=models.UUIDField(blank=True, null=True),
        ),
    ]
