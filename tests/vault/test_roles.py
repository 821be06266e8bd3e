"""The service's role on the key store does all of the vault's work and nothing else; another role sees nothing."""

import uuid
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connections, transaction

from project import vault
from project.vault.actions.rotation import rotate
from project.vault.actions.signing import publish_signing_key, retire_signing_key, stage_signing_key
from project.vault.models import DataKey, MasterKey, RingMark, ShreddedKey
from project.vault.roles import RIGHTS, limit
from tests.vault.conftest import NOW

pytestmark = pytest.mark.django_db

REFUSED = (
    "CREATE TABLE copied AS SELECT * FROM vault_datakey",
    "ALTER TABLE vault_datakey ADD COLUMN note text",
    "ALTER TABLE vault_shreddedkey DISABLE TRIGGER ALL",
    "DROP TABLE vault_datakey",
    "TRUNCATE vault_datakey",
    "DELETE FROM vault_shreddedkey",  # that a key was shredded can't be taken back
    "UPDATE vault_shreddedkey SET shredded_at = now()",
    "DELETE FROM vault_masterkey",
    "UPDATE vault_ringmark SET check_value = ''",
    "CREATE TRIGGER copies AFTER INSERT ON vault_datakey EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE ROLE another",
    "DELETE FROM django_migrations",
    "SELECT pg_read_file('postgresql.conf')",
    "COPY vault_datakey TO PROGRAM 'cat'",
)


@pytest.fixture
def as_the_service(ring):
    """Everything on the key store from here on is done as the service's role; rolled back with the test."""
    limit("service_of_a_test", "a password")
    limit("service_of_a_test", "")  # and again, as at every upgrade
    with connections["keys"].cursor() as cursor:
        cursor.execute("SET LOCAL ROLE service_of_a_test")
        yield cursor
        cursor.execute("RESET ROLE")


def test_it_makes_opens_shreds_and_rotates(as_the_service, ring, tmp_path):
    keys = vault.create_keys([uuid.uuid4() for _ in range(3)], "clip")
    gone, *living = keys
    vault.shred_key(gone, now=NOW)
    stage_signing_key(2)
    publish_signing_key(2)
    assert retire_signing_key(1)
    assert rotate(now=NOW + timedelta(days=7), backups=tmp_path / "backups").rewrapped == 2
    assert {one: bytes(vault.data_key(one)) for one in living} == {one: bytes(keys[one].key) for one in living}
    as_the_service.execute("SELECT current_user")
    assert as_the_service.fetchone() == ("service_of_a_test",)


@pytest.mark.parametrize("statement", REFUSED)
def test_it_can_do_nothing_else(as_the_service, statement):
    with pytest.raises(ProgrammingError, match="permission denied|must be owner"), transaction.atomic(using="keys"):
        as_the_service.execute(statement)


def test_every_table_has_its_rights_and_another_role_has_none(as_the_service):
    assert {model._meta.db_table for model in (DataKey, MasterKey, RingMark, ShreddedKey)} < set(RIGHTS)
    as_the_service.execute("RESET ROLE")
    as_the_service.execute("CREATE ROLE of_the_main_database LOGIN")
    as_the_service.execute(
        "SELECT has_database_privilege('of_the_main_database', current_database(), 'CONNECT'),"
        " bool_or(has_table_privilege('of_the_main_database', name::regclass, 'SELECT'))"
        " FROM unnest(%s::text[]) AS t (name)",
        [list(RIGHTS)],
    )
    assert as_the_service.fetchone() == (False, False)
