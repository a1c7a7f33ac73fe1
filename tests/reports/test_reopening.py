"""Closed books are opened by two owners, never by one; the closed figures stay (SEC-07)."""

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import journal
from orders.journal import ClosedPeriod
from orders.models import JournalEvent, PeriodLock
from reports import audit, closing, reopening
from reports.models import Closing, Reopening
from reports.reopening import AlreadySettled, AnotherOwnerMust, NotClosed, ReasonMissing
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.base.periods import day
from tests import make

pytestmark = pytest.mark.django_db
MONDAY = day(make.AT.date(), "Europe/Moscow")
TUESDAY = make.after(hours=20)


@pytest.fixture
def closed() -> Closing:
    make.shop()
    make.order()
    return closing.close(MONDAY, by=make.BY, at=TUESDAY)


@pytest.fixture
def two() -> tuple[Actor, Actor]:
    return make.owner().subject.actor, make.owner().subject.actor


def ask(closed: Closing, by: Actor) -> Reopening:
    return reopening.ask(closed.pk, "a receipt was forgotten", by=by, at=TUESDAY)


def dated_back(by: Actor) -> None:
    journal.refuse_closed_period(by, make.AT)


def test_one_owner_alone_opens_nothing(closed, two):
    """Negative control: with four eyes off the same wish is agreed."""
    row = ask(closed, two[0])

    with pytest.raises(AnotherOwnerMust):
        reopening.agree(row.pk, by=two[0], at=TUESDAY)
    with pytest.raises(ClosedPeriod):
        dated_back(two[0])

    make.shop(four_eyes=False)
    reopening.agree(row.pk, by=two[0], at=TUESDAY)
    dated_back(two[0])


def test_two_open_them_until_the_next_day_is_closed(closed, two):
    figures, row = closed.figures, ask(closed, two[0])

    reopening.agree(row.pk, by=two[1], at=TUESDAY)

    dated_back(two[0])
    event = JournalEvent.objects.get(kind="period.reopened")
    assert (event.actor_id, event.data["asked_by"]) == (two[1].id, two[0].id)
    assert PeriodLock.objects.get().until == MONDAY.start
    closed.refresh_from_db()
    assert closed.figures == figures
    closing.close_due(at=make.after(days=2))
    with pytest.raises(ClosedPeriod):
        dated_back(two[0])
    assert {check.id for check in audit.checks() if check.find("default").broken} == set()


def test_what_is_settled_stays_settled(closed, two):
    row, other = ask(closed, two[0]), ask(closed, two[0])
    reopening.drop(other.pk, by=two[1], at=TUESDAY)
    reopening.agree(row.pk, by=two[1], at=TUESDAY)

    for one in (row, other):
        with pytest.raises(AlreadySettled):
            reopening.agree(one.pk, by=two[1], at=TUESDAY)
    with pytest.raises(NotClosed):
        ask(closed, two[0])


def test_wish_names_a_closed_day_and_a_reason(closed, two):
    with pytest.raises(ReasonMissing):
        reopening.ask(closed.pk, "  ", by=two[0], at=TUESDAY)
    with pytest.raises(Missing):
        reopening.ask(closed.pk + 1, "x", by=two[0], at=TUESDAY)
    assert not Reopening.objects.exists()


# --- doors -----------------------------------------------------------------------------------------------------------


def sit(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.once
@time_machine.travel(TUESDAY, tick=False)
def test_owners_ask_and_agree_on_the_page(closed):
    first, second = sit(make.owner()), sit(make.owner())
    path = reverse("reports-books")

    assert f'<option value="{closed.pk}">' in first.get(path).content.decode()
    first.post(path, {"closing": str(closed.pk), "reason": "a receipt was forgotten"})
    row = Reopening.objects.get()
    agree = reverse("reports-books-agree", args=[row.pk])

    assert "another owner agrees" in first.get(path).content.decode()
    assert first.post(agree).status_code == 409
    caches["nearby"].clear()
    assert "waits for a second owner" in second.get("/").content.decode()
    assert agree in second.get(path).content.decode()
    assert second.post(agree).status_code == 302
    assert PeriodLock.objects.get().until == MONDAY.start
    assert sit(make.manager()).get(path).status_code == 404


@pytest.mark.once
def test_page_asks_as_often_for_twenty_wishes_as_for_one(closed, two):
    client = sit(make.owner())
    ask(closed, two[0])
    client.get(reverse("reports-books"))  # the page's frame is kept from the first one on
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("reports-books"))
    for _ in range(19):
        ask(closed, two[0])
    with CaptureQueriesContext(connection) as twenty:
        client.get(reverse("reports-books"))

    assert len(one) == len(twenty)
