"""A room's people change not only by memberships: whoever loses a role, an account, a sign-in or a token has left too.

Counted in PostgreSQL, in the same transaction, whatever made the change: the next look of every process then reads the
people, and whose credentials live, before it tells anybody what followed. Rooms are locked in the order of their ids.
"""

from __future__ import annotations

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION wellbeing_people_changed(who uuid) RETURNS void LANGUAGE sql AS $$
    WITH inside AS (
        SELECT id FROM wellbeing_room WHERE id IN (
            SELECT room_id FROM wellbeing_membership WHERE person_id = who AND left_at IS NULL
        ) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE wellbeing_room SET people_version = people_version + 1 FROM inside WHERE wellbeing_room.id = inside.id
$$;

CREATE FUNCTION wellbeing_account_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wellbeing_people_changed(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION wellbeing_credential_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wellbeing_people_changed(OLD.user_id);
    RETURN NULL;
END $$;

CREATE TRIGGER wellbeing_account_changed AFTER UPDATE OF roles, is_active ON accounts_user FOR EACH ROW
    WHEN (OLD.roles IS DISTINCT FROM NEW.roles OR OLD.is_active IS DISTINCT FROM NEW.is_active)
    EXECUTE FUNCTION wellbeing_account_changed();
CREATE TRIGGER wellbeing_session_gone AFTER DELETE ON accounts_session FOR EACH ROW
    WHEN (OLD.user_id IS NOT NULL) EXECUTE FUNCTION wellbeing_credential_gone();
CREATE TRIGGER wellbeing_token_gone AFTER DELETE ON accounts_apitoken FOR EACH ROW
    EXECUTE FUNCTION wellbeing_credential_gone();
"""

NO_FUNCTIONS = """
DROP TRIGGER wellbeing_account_changed ON accounts_user;
DROP TRIGGER wellbeing_session_gone ON accounts_session;
DROP TRIGGER wellbeing_token_gone ON accounts_apitoken;
DROP FUNCTION wellbeing_account_changed();
DROP FUNCTION wellbeing_credential_gone();
DROP FUNCTION wellbeing_people_changed(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wellbeing", "0010_appeals"),
        ("accounts", "0005_works_council"),
    ]

    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
