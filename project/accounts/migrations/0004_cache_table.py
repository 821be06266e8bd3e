"""The table of Django's cache: counts of sign-ins and used one-time codes. Unlogged: it may be lost with a crash."""

from django.db import migrations

MAKE = """
CREATE UNLOGGED TABLE accounts_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL,
    expires timestamptz NOT NULL);
CREATE INDEX accounts_cache_expires ON accounts_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_user_skills")]
    operations = [migrations.RunSQL(MAKE, reverse_sql="DROP TABLE accounts_cache")]
