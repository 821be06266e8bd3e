from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wellbeing", "0008_keys_that_end"),
    ]

    operations = [
        migrations.AlterField("checkin", "sealed_under", models.UUIDField(db_index=True)),
        migrations.AlterField("message", "sealed_under", models.UUIDField()),
        migrations.DeleteModel(name="PersonalKey"),
    ]
