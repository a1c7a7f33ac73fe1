"""The trail: a deed is noted in its own transaction, nobody changes it afterwards, and its chain shows who tried."""

import json
import logging

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from orders import feed, tasks
from shopdesk.base import securitylog
from shopdesk.base.access import Actor
from shopdesk.trail import audit, chain
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, PersonalInTrail, note
from shopdesk.trail.models import TrailEntry, TrailPlace, TrailUnplaced, TrailValue
from tests import make

pytestmark = pytest.mark.django_db

OWNER = Actor("person", 7)
REVOKED = Note(Deed.TOKEN_REVOKED, ("token", 5), before={"live": True}, after={"live": False})


def unguarded(table):
    """Take the append-only guard off, as only somebody with the database in hand can."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {table}_no_update")
            cursor.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            cursor.execute(f"DROP TRIGGER {table}_append_only ON {table}")


def lines_of(caplog):
    """Give the security log's lines, as they are printed."""
    [printer] = [handler.formatter for handler in logging.getLogger().handlers if handler.name == "all"]
    return [printer.format(record) for record in caplog.records if record.name == "security"]


def test_a_deed_is_noted_with_who_when_what_and_the_door():
    """V16.2.1."""
    [entry] = note(REVOKED, by=OWNER, at=make.AT)

    entry.refresh_from_db()
    assert (entry.deed, entry.actor, entry.target_kind, entry.target_id) == ("token.revoked", OWNER, "token", "5")
    assert (entry.before, entry.after, entry.at) == ({"live": True}, {"live": False}, make.AT)
    assert entry.source == TrailEntry.Source.COMMAND  # no request runs here


def test_no_entry_can_be_changed_or_removed():
    """V16.4.2."""
    note(REVOKED, by=OWNER, at=make.AT)
    chain.publish()

    for table, change in (("trail_entry", "actor_id = 8"), ("trail_place", "hash = ''")):
        for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                connection.cursor().execute(statement)

    assert TrailEntry.objects.count() == TrailPlace.objects.count() == 1


def test_without_the_guard_an_entry_can_be_changed_and_the_chain_says_so():
    """Negative control: the trigger is what refuses; the auditor finds what got past it."""
    first, second, third = note(REVOKED, REVOKED, REVOKED, by=OWNER, at=make.AT)
    chain.publish()
    assert audit.broken("default").broken == 0

    unguarded("trail_entry")
    TrailEntry.objects.filter(pk=second.pk).update(actor_id=8)

    assert audit.broken("default").offenders == ["position 2: its hash does not follow"]
    with pytest.raises(SystemExit):
        call_command("audit")


def test_a_removed_entry_and_a_cut_end_are_found():
    """V11.4.3."""
    _first, second = note(REVOKED, REVOKED, by=OWNER, at=make.AT)
    chain.publish()
    unguarded("trail_place")

    TrailPlace.objects.filter(position=2).delete()

    assert audit.broken("default").offenders == [
        "the head is not at the last position",
        f"entry {second.pk}: has no place and waits for none",
    ]


def test_what_waits_for_its_place_is_no_offence():
    note(REVOKED, by=OWNER, at=make.AT)

    assert audit.broken("default").broken == 0
    assert chain.publish() == 1
    assert chain.publish() == 0
    assert not TrailUnplaced.objects.exists()


@pytest.mark.parametrize("value", ["+7 916 123-45-67", "anna@example.com", "89161234567"])
def test_codes_hold_no_phone_and_no_mail(value):
    with pytest.raises(PersonalInTrail):
        note(Note(Deed.PERSON_CHANGED, ("person", 3), after={"contact": [value]}), by=OWNER, at=make.AT)

    assert not TrailEntry.objects.exists()


def test_personal_values_stand_apart_and_can_be_emptied_without_breaking_the_chain():
    personal = [("email", "old@example.com", "new@example.com")]
    note(Note(Deed.PERSON_CHANGED, ("person", 3), personal=personal), by=OWNER, at=make.AT)
    chain.publish()

    TrailValue.objects.update(old="", new="")

    assert audit.broken("default").broken == 0


def test_a_deed_is_told_to_the_security_log_once_it_is_true(caplog, django_capture_on_commit_callbacks):
    """V16.3.3."""
    with django_capture_on_commit_callbacks(execute=True):
        note(REVOKED, by=OWNER, at=make.AT)
        assert not lines_of(caplog)

    [line] = [json.loads(line) for line in lines_of(caplog)]
    assert (line["event"], line["deed"], line["by_kind"], line["by_id"]) == ("security", "token.revoked", "person", 7)
    assert (line["target_kind"], line["target_id"]) == ("token", "5")


@pytest.mark.once
def test_a_line_of_the_security_log_stays_one_line_and_says_nothing_personal(caplog):
    """SEC-73, SEC-72. V16.4.1."""
    securitylog.tell(Deed.DENIED, by=OWNER, route='orders\n{"event": "forged"}\x9b\u2028', reason="+79161234567")

    [line] = lines_of(caplog)
    assert len(line.splitlines()) == 1
    assert "9161234567" not in line
    assert json.loads(line)["event"] == "security"


@pytest.mark.once
def test_the_ends_of_the_chains_are_printed(caplog):
    make.order()
    note(REVOKED, by=OWNER, at=make.AT)

    tasks.printed.clear()
    tasks.anchor()
    tasks.anchor()  # nothing happened since

    lines = [json.loads(line) for line in lines_of(caplog)]
    assert len(lines) == 2
    told = {line["target_id"]: line for line in lines}
    assert (told["trail"]["position"], told["trail"]["hash"]) == chain.head()
    assert (told["feed"]["position"], told["feed"]["hash"]) == feed.head()
