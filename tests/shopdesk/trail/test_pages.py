"""The audit trail on screen: both ledgers as one list, narrowed, before and after; nothing there changes it."""

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders import changes, labels
from orders.labels import NewLabel
from orders.models import JournalEvent, PersonalValue
from orders.status import CancelReason, HoldReason, Status
from reports import closing
from shopdesk.accounts.trail.reading import Asked, read_page
from shopdesk.base.access import Actor
from shopdesk.base.periods import day
from shopdesk.declared import methods, routes
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note
from shopdesk.trail.models import TrailEntry
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ZONE = "Europe/Moscow"


@pytest.fixture
def owner():
    return make.owner()


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return browser


def page_of(person, query=""):
    return browser_of(person).get(f"/settings/trail{query}").content.decode()


def rows_of(text):
    return [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr data-row.*?</tr>", text, re.DOTALL)]


def test_a_change_says_who_by_which_door_what_before_and_after(owner):
    order = make.order()
    edit = changes.Edit({"contact_name": "Анна Новая", "slot": "10:00-14:00"})
    changes.edit(order.number, edit, version=order.version, by=Actor("person", owner.pk), at=make.AT)

    [row, *_older] = rows_of(page_of(owner, f"?about={order.number}"))

    assert owner.name in row
    assert "Changed" in row
    assert "Анна Смирнова → Анна Новая" in re.sub(r"\s+", " ", row)
    assert "10:00-14:00" in row


def test_after_erasure_the_row_stays_and_the_values_are_gone(owner):
    order = make.order()
    edit = changes.Edit({"contact_name": "Анна Новая"})
    changes.edit(order.number, edit, version=order.version, by=Actor("person", owner.pk), at=make.AT)

    PersonalValue.objects.update(old="", new="")

    [row, *_older] = rows_of(page_of(owner, f"?about={order.number}"))
    assert "erased" in row
    assert "Новая" not in row


def test_a_closed_day_is_called_by_its_date_and_its_seal_is_short(owner):
    kept = closing.close(day(make.AT.date(), ZONE), by=make.BY, at=make.after(days=1))

    [row, *_older] = rows_of(page_of(owner, "?deed=period.closed"))

    assert "Period 23 Nov 2026" in row
    assert kept.hash[:12] in row
    assert kept.hash[:13] not in row


def test_a_move_says_how_long_the_order_was_where_it_came_from(owner):
    order = make.order()
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.after(hours=2, minutes=10))

    [row, *_older] = rows_of(page_of(owner, "?deed=moved:cancelled"))

    assert "after 2 h 10" in row
    assert "new → cancelled" in re.sub(r"\s+", " ", row)


def test_both_ledgers_stand_in_one_list_and_no_page_skips_or_repeats(owner):
    made = [make.order() for _ in range(4)]
    for number, order in enumerate(made):
        note(Note(Deed.SETTINGS_CHANGED, after={"n": number}), by=make.BY, at=make.AT)
        changes.hold(order.number, HoldReason.OTHER, by=make.BY, at=make.AT)
    subject, asked, seen = owner.subject, Asked(), []
    for _page in range(20):
        page = read_page(subject, asked, zone=ZONE, rows=3)
        seen += [(type(fact).__name__, fact.pk) for fact in page.facts]
        if not page.older:
            break
        asked = Asked(before=tuple(int(part) for part in page.older.split("-")))

    assert len(seen) == len(set(seen)) == JournalEvent.objects.count() + TrailEntry.objects.count()
    assert {"JournalEvent", "TrailEntry"} == {kind for kind, _pk in seen}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?by=person:{owner}", {"Key made"}),
        ("?by=sweep:0", {"Taken in", "Cancelled"}),
        ("?source=command", {"Key made"}),
        ("?source=task", {"Taken in", "Cancelled"}),
        ("?deed=token.made", {"Key made"}),
        ("?deed=order.taken", {"Taken in"}),
        ("?deed=moved:cancelled", {"Cancelled"}),
        ("?about=token:5", {"Key made"}),
        ("?about={order}", {"Taken in", "Cancelled"}),
        ("?from=2026-11-24", {"Cancelled"}),
        ("?until=2026-11-23", {"Taken in", "Key made"}),
        ("?from=2026-11-25", set()),
    ],
)
def test_it_is_narrowed_by_person_door_deed_object_and_days(owner, query, found):
    order = make.order()
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.after(days=1))
    note(Note(Deed.TOKEN_MADE, ("token", 5)), by=Actor("person", owner.pk), at=make.AT)

    rows = rows_of(page_of(owner, query.format(owner=owner.pk, order=order.number)))

    assert {word for word in ("Taken in", "Cancelled", "Key made") for row in rows if word in row} == found


def test_a_manager_sees_the_orders_journal_and_nothing_of_keys_and_people(owner):
    make.order()
    note(Note(Deed.TOKEN_MADE, ("token", 5)), by=make.BY, at=make.AT)
    note(
        Note(Deed.PERSON_CHANGED, ("person", 3), personal=[("email", "a@example.com", "b@example.com")]),
        by=make.BY, at=make.AT,
    )  # fmt: skip

    text = page_of(make.manager())

    assert "Taken in" in text
    assert "b@example.com" not in text
    assert not any("Key made" in row for row in rows_of(text))
    assert "b@example.com" in page_of(owner)


def test_a_packer_has_no_trail():
    assert browser_of(make.packer()).get("/settings/trail").status_code == 404


def test_the_owner_takes_it_away_by_reference_and_that_is_noted(owner):
    order = make.order()
    edit = changes.Edit({"contact_name": "=Анна Новая", "comment": "=1+1"})
    changes.edit(order.number, edit, version=order.version, by=Actor("person", owner.pk), at=make.AT)

    answer = browser_of(owner).post(f"/settings/trail/export?about={order.number}")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Новая" not in text
    assert "order.edited" in text
    assert len(text.splitlines()) == 1 + JournalEvent.objects.filter(order=order).count()
    assert TrailEntry.objects.get(deed=Deed.EXPORT_MADE).after == {"filter": f"?about={order.number}"}


def test_a_manager_takes_nothing_away():
    assert browser_of(make.manager()).post("/settings/trail/export").status_code == 404


def test_nothing_on_these_addresses_changes_the_trail():
    answered = {name: methods(pattern) for name, pattern in routes() if name.startswith("trail")}

    assert answered == {"trail": {"GET"}, "trail-export": {"POST"}}


def test_an_order_s_card_leads_to_its_trail(owner):
    order = make.order()

    assert f"/settings/trail?about={order.number}" in browser_of(owner).get(f"/orders/{order.number}").content.decode()


@pytest.mark.parametrize("query", ["?before=x", "?before=1-2-3", "?by=person:x", "?source=nowhere", "?what=1"])
def test_what_cannot_be_read_is_refused(owner, query):
    assert browser_of(owner).get(f"/settings/trail{query}").status_code == 400


def test_the_page_asks_the_database_as_often_for_twenty_rows_as_for_one(owner):
    browser = browser_of(owner)

    def asked(rows):
        for _ in range(rows):
            order = make.order()
            changes.cancel(order.number, CancelReason.PRICE, by=Actor("person", owner.pk), at=make.after(hours=1))
            note(Note(Deed.TOKEN_MADE, ("token", 5), personal=[("name", "a", "b")]), by=make.BY, at=make.AT)
        browser.get("/settings/trail")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/settings/trail")
        return len(queries)

    assert asked(1) == asked(19)


def test_a_label_s_change_is_told_before_and_after(owner):
    one = labels.make(NewLabel(Status.NEW, "Gift"), by=Actor("person", owner.pk), at=make.AT)
    labels.change(
        one.pk, NewLabel(Status.NEW, "Present"), by=Actor("person", owner.pk), at=make.AT + timedelta(hours=1)
    )

    [row, *_older] = rows_of(page_of(owner, "?deed=label.changed"))

    assert "name: Gift → Present" in re.sub(r"\s+", " ", row)
    assert "position" not in row
