"""Every answer and every message says under which key it is sealed, so that keys can end with what they open.

What is there already stays under the person's or the room's key, which ends with the last row that names it.
"""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
    UPDATE wellbeing_message SET sealed_under = room_id;
    UPDATE wellbeing_checkin AS own SET sealed_under = COALESCE(
        (SELECT object_id FROM wellbeing_personalkey AS key WHERE key.person_id = own.person_id), own.id
    );
    INSERT INTO wellbeing_roomkey (object_id, room_id, day)
    SELECT id, id, (now() AT TIME ZONE 'UTC')::date FROM wellbeing_room;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wellbeing", "0007_shared_check_ins"),
    ]

    operations = [
        migrations.AddField("checkin", "sealed_under", models.UUIDField(null=True)),
        migrations.AddField("message", "sealed_under", models.UUIDField(null=True)),
        migrations.CreateModel(
            name="RoomKey",
            fields=[
                ("object_id", models.UUIDField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="wellbeing.room"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="roomkey",
            constraint=models.UniqueConstraint(fields=("room", "day"), name="wellbeing_one_key_a_day"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
