"""Closing: days are closed once, in order; their figures never change; what comes later is shown beside them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from orders import changes, journal
from orders.models import JournalEvent, PeriodLock, Sale
from orders.status import CancelReason
from reports import audit, closing, period, tasks
from reports.closing import NotNext, NotOver
from reports.models import Closing
from shopdesk.base.access import Actor
from shopdesk.base.periods import day
from tests import make

pytestmark = pytest.mark.django_db
ZONE = "Europe/Moscow"
MONDAY = day(make.AT.date(), ZONE)
TUESDAY = day(make.AT.date() + timedelta(days=1), ZONE)
TUESDAY_MORNING = make.after(hours=20)


def close(span=MONDAY, at=TUESDAY_MORNING):
    return closing.close(span, by=make.BY, at=at)


def broken():
    return {check.id for check in audit.checks() if check.find("default").broken}


def unguarded():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER closing_no_update")
        else:
            cursor.execute("DROP TRIGGER closing_append_only ON closing")


def test_closed_figures_are_those_of_the_day():
    make.order([("A", 2, "129.00")])
    make.order(at=TUESDAY_MORNING)

    done = close()

    assert done.figures["funnel"]["taken"] == 1
    assert done.figures["money"]["RUB"]["ordered"] == 25800
    assert PeriodLock.objects.get().until == MONDAY.end
    assert JournalEvent.objects.filter(kind="period.closed").count() == 1
    assert broken() == set()


def test_closing_again_gives_the_same_closing_and_writes_nothing():
    make.order()
    first = close()
    make.order()

    again = close()

    assert (again.pk, again.hash, again.figures) == (first.pk, first.hash, first.figures)
    assert JournalEvent.objects.filter(kind="period.closed").count() == 1


def test_what_is_learnt_later_is_restated_and_never_added():
    make.order()
    done = close()
    late = make.order()  # dated into the closed day: a machine reports what happened when it happened

    rows = closing.restated(done, after="", limit=10)
    found = period.read(period.Asked(MONDAY))

    assert {row.order for row in rows} == {late.number}
    assert Closing.objects.get().figures["funnel"]["taken"] == 1
    assert found.closed.sheet.funnel["taken"] == 1
    assert found.closed.restated.funnel["taken"] == 1
    assert found.sheet.funnel["taken"] == 2
    assert found.closed.restated.money["RUB"]["ordered"] == 12900
    assert period.read(period.Asked(TUESDAY)).sheet.funnel["taken"] == 0
    assert broken() == set()


def test_two_closed_days_are_the_closed_figures_of_both():
    make.order()
    make.order(at=TUESDAY_MORNING)
    close()
    close(TUESDAY, at=make.after(days=2))

    both = period.read(period.Asked(period.shop_period(make.AT.date(), make.AT.date() + timedelta(days=2))))

    assert both.closed.sheet.funnel == both.sheet.funnel
    assert len(both.closed.closings) == 2
    assert period.read(period.Asked(period.shop_period(date(2026, 11, 1), date(2026, 12, 1)))).closed is None


def test_people_date_nothing_into_a_closed_day():
    order = make.order()
    close()

    with pytest.raises(journal.ClosedPeriod):
        changes.cancel(order.number, CancelReason.PRICE, by=Actor("person", 1), at=make.after(hours=1))

    changes.cancel(order.number, CancelReason.PRICE, by=Actor("person", 1), at=TUESDAY_MORNING)


def test_a_day_that_goes_on_is_not_closed():
    make.order()

    with pytest.raises(NotOver):
        close(at=MONDAY.end - timedelta(microseconds=1))

    assert not Closing.objects.exists()


def test_days_are_closed_in_order_without_a_gap():
    make.order()
    make.order(at=make.after(days=1))

    with pytest.raises(NotNext):
        close(TUESDAY, at=make.after(days=2))
    close()
    with pytest.raises(NotNext):
        close(day(MONDAY.from_on + timedelta(days=2), ZONE), at=make.after(days=5))

    assert Closing.objects.count() == 1


def test_the_night_closes_every_day_that_is_over_once():
    make.order(at=make.AT - timedelta(days=2))
    make.order()

    assert closing.close_due(at=TUESDAY_MORNING) == 3
    assert closing.close_due(at=TUESDAY_MORNING) == 0

    edges = list(Closing.objects.order_by("start").values_list("start", "end"))
    assert [start for start, _ in edges[1:]] == [end for _, end in edges[:-1]]
    assert edges[-1][1] == MONDAY.end
    assert broken() == set()


def test_an_empty_shop_has_nothing_to_close():
    assert tasks.nightly_close() == 0


def test_years_of_history_are_closed_some_days_a_run():
    make.order(at=make.AT - timedelta(days=100))

    assert closing.close_due(at=make.AT) == closing.CLOSED_AT_ONCE
    assert closing.close_due(at=make.AT) == closing.CLOSED_AT_ONCE


def test_a_new_zone_leaves_no_gap_between_closings():
    make.order(at=make.AT - timedelta(days=1))
    make.shop(zone="Europe/Moscow")
    closing.close_due(at=make.AT)
    make.shop(zone="Europe/Sofia")
    make.order()

    assert closing.close_due(at=make.after(days=2)) >= 1
    assert broken() == set()


def test_the_database_refuses_to_change_a_closing():
    make.order()
    close()

    with pytest.raises(DatabaseError), transaction.atomic():
        Closing.objects.update(position=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        Closing.objects.all().delete()


def test_the_auditor_finds_changed_figures():
    """Negative control: with the guard off, figures that were touched are found, with a hash of their own or not."""
    make.order()
    done = close()
    unguarded()
    figures = {**done.figures, "funnel": {**done.figures["funnel"], "taken": 2}}

    Closing.objects.update(figures=figures)
    assert broken() == {"M5"}
    Closing.objects.update(figures=figures, hash=closing.seal(done, done.position, figures))
    assert broken() == {"M5"}


def test_the_auditor_finds_facts_that_were_changed():
    make.product("A", on_hand=5)
    make.order()
    line = make.order().lines.select_related("order").get()
    event = journal.record([journal.Entry("sold", line.order)], by=make.BY, at=make.AT)[0]
    Sale.objects.create(line=line, quantity=1, amount_minor=100, currency="RUB", event=event, at=make.AT)
    close()
    assert broken() == set()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER sale_no_update")
        else:
            cursor.execute("DROP TRIGGER sale_append_only ON sale")

    Sale.objects.update(amount_minor=90)

    assert broken() == {"M5"}


def test_the_auditor_finds_a_gap():
    make.order()
    close()
    unguarded()

    Closing.objects.create(
        start=MONDAY.end + timedelta(hours=1), end=MONDAY.end + timedelta(hours=2), position=0, figures={},
        hash="", event=JournalEvent.objects.first(), at=datetime(2026, 11, 25, tzinfo=UTC),
    )  # fmt: skip

    assert "M6" in {"M6"} & {check.id for check in audit.checks()[1:] if check.find("default").broken}
