"""A private session's row that goes, by whatever hand, leaves no room that anybody could still enter or write in."""

from __future__ import annotations

from django.db import migrations

FUNCTION = """
CREATE FUNCTION wellbeing_session_row_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE wellbeing_room SET is_closed = true, people_version = people_version + 1 WHERE id = OLD.room_id;
    UPDATE wellbeing_membership SET left_at = now() WHERE room_id = OLD.room_id AND left_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER wellbeing_session_row_gone AFTER DELETE ON wellbeing_privatesession FOR EACH ROW
    WHEN (OLD.room_id IS NOT NULL) EXECUTE FUNCTION wellbeing_session_row_gone();
"""

NO_FUNCTION = """
DROP TRIGGER wellbeing_session_row_gone ON wellbeing_privatesession;
DROP FUNCTION wellbeing_session_row_gone();
"""

# Rooms of sessions whose rows went before this.
ORPHANS = """
UPDATE wellbeing_membership SET left_at = now() WHERE left_at IS NULL AND room_id IN (
    SELECT id FROM wellbeing_room WHERE kind = 'private'
    AND NOT EXISTS (SELECT 1 FROM wellbeing_privatesession WHERE room_id = wellbeing_room.id)
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wellbeing", "0011_people_changed_elsewhere"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        migrations.RunSQL(ORPHANS, migrations.RunSQL.noop),
    ]
