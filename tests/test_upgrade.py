"""Code of before goes on working over a database that was migrated already (F25, docs/upgrade.md)."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations import AddField, DeleteModel, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED, BooleanField, ManyToManyField

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TAKES_AWAY = (RemoveField, RenameField, RenameModel, DeleteModel)
CONTRACTED: set[tuple[str, str]] = set()  # (app, migration): what no release before reads or writes any more


def ours() -> Iterator[tuple[str, str, object]]:
    """Give every operation of our own migrations after the first of each app."""
    own = {
        one.label
        for one in apps.get_app_configs()
        if one.name.split(".")[0] in ("orders", "delivery", "reports", "shopdesk")
    }
    for (app, name), migration in sorted(MigrationLoader(connection).disk_migrations.items()):
        if app in own and not migration.initial:
            for operation in migration.operations:
                yield app, name, operation


def hinders(operation: object) -> bool:
    """Whether code of before would fail once this is done: it names no new column, and reads the old ones."""
    if isinstance(operation, TAKES_AWAY):
        return True
    if not isinstance(operation, AddField) or isinstance(operation.field, ManyToManyField):
        return False
    return not operation.field.null and operation.field.db_default is NOT_PROVIDED


def test_migrations_only_add_what_code_of_before_can_do_without():
    found = [(app, name) for app, name, operation in ours() if hinders(operation)]
    assert [one for one in found if one not in CONTRACTED] == []
    assert list(ours())


def test_a_column_that_code_of_before_would_have_to_name_is_seen():
    """Negative control: found by running both releases over one database, where it refused every other order."""
    assert hinders(AddField("order", "new", BooleanField(default=False)))
    assert not hinders(AddField("order", "new", BooleanField(default=False, db_default=False)))
    assert hinders(RemoveField("order", "name"))
