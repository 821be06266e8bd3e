"""Make the ledger append-only in PostgreSQL itself, for the owner of the tables too.

ENABLE ALWAYS: the triggers fire whatever `session_replication_role` says. Getting round them takes ALTER TABLE, which
the start-up check and `verify_ledger` notice. A statement-level trigger refuses TRUNCATE, row-level ones the rest.
"""

from __future__ import annotations

from django.db import migrations

APPEND_ONLY = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint", "ledger_origin")

FUNCTIONS = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION ledger_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_unsealed (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_until_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM ledger_leaf WHERE entry_id = OLD.entry_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an entry waits until it is sealed: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""

NO_FUNCTIONS = """
DROP FUNCTION ledger_refuse();
DROP FUNCTION ledger_await_seal();
DROP FUNCTION ledger_until_sealed();
"""


def trigger(table: str, name: str, when: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_{name} {when} EXECUTE FUNCTION {function}();"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name};",
        f"DROP TRIGGER {table}_{name} ON {table};",
    )


def guards(table: str) -> list[migrations.RunSQL]:
    return [
        trigger(table, "append_only", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", "ledger_refuse"),
        trigger(table, "never_emptied", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "ledger_refuse"),
    ]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *(operation for table in APPEND_ONLY for operation in guards(table)),
        trigger("ledger_entry", "awaits_seal", "AFTER INSERT ON ledger_entry FOR EACH ROW", "ledger_await_seal"),
        trigger(
            "ledger_unsealed",
            "until_sealed",
            "BEFORE UPDATE OR DELETE ON ledger_unsealed FOR EACH ROW",
            "ledger_until_sealed",
        ),
        trigger(
            "ledger_unsealed",
            "never_emptied",
            "BEFORE TRUNCATE ON ledger_unsealed FOR EACH STATEMENT",
            "ledger_refuse",
        ),
        # The queue is filled and emptied all day: keep it small enough to scan at once.
        migrations.RunSQL(
            "ALTER TABLE ledger_unsealed SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000)",
            "ALTER TABLE ledger_unsealed RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]
