"""The rows behind a figure as an export: all of them, as they were known on the screen, in flat memory."""

import csv
import io
import os
import time
import tracemalloc
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from orders import feed
from orders.models import JournalEvent, Unplaced
from shopdesk.base.errors import Malformed, Missing
from shopdesk.exports import files, making, work
from shopdesk.exports.models import Export
from shopdesk.limits.models import LimitSet
from tests import make

pytestmark = pytest.mark.django_db
NOVEMBER = {"from": "2026-11-01", "until": "2026-11-30"}
ROWS = int(os.environ.get("EXPORT_ROWS", "2500"))  # 200000 in a soak
MEGABYTE = 1_000_000


def ask(who, form="csv", **query):
    wish = making.Wish({**NOVEMBER, **query}, Export.Format(form), what=Export.What.ROWS)
    return making.ask(wish, subject=who.subject, at=make.AT)


def made(export):
    while work.make_next(at=make.AT):
        pass
    export.refresh_from_db()
    assert export.state == Export.State.READY
    return list(csv.reader(io.StringIO(files.table(export).read_text("utf-8-sig"))))


def test_export_holds_the_rows_that_sum_to_the_figure_as_it_was_when_it_was_asked_for():
    make.shop(currency="RUB")
    owner = make.owner()
    orders = [make.order([("A", 1, price)]) for price in ("10.00", "20.00", "0.50")]
    feed.publish()
    export = ask(owner, section="money", figure="ordered", currency="RUB")
    make.order([("A", 1, "99.00")])  # after it was asked for

    head, *rows = made(export)

    assert head == ["When", "Order", "What", "Currency", "Amount"]
    assert [row[1] for row in rows] == [str(order.number) for order in orders]
    assert sum(Decimal(row[4]) for row in rows) == Decimal("30.50")
    assert export.rows == 3


def test_what_goods_cost_is_exported_for_nobody_who_may_not_see_it():
    make.shop()
    manager, owner = make.manager(), make.owner()
    LimitSet.objects.create(person=manager, cost=False)

    with pytest.raises(Missing):
        ask(manager, section="money", figure="margin")
    assert ask(owner, section="money", figure="margin").rows == 0


def test_rows_are_no_paper_and_of_known_figures_only():
    owner = make.owner()

    with pytest.raises(Malformed):
        ask(owner, "pdf", section="funnel", figure="taken")
    with pytest.raises(Missing):
        ask(owner, section="funnel", figure="happiness")
    assert not Export.objects.exists()


def test_page_gives_few_rows_at_once_and_asks_for_many(monkeypatch):
    monkeypatch.setattr("reports.web.rows.SHOWN", 1)
    make.shop()
    client = Client()
    owner = make.owner()
    client.force_login(owner)
    for _order in range(3):
        make.order()
    path = "/reports/rows?section=funnel&figure=taken&from=2026-11-01&until=2026-11-30"

    few = client.get(path).content.decode()
    monkeypatch.setattr("reports.web.rows.FEW", 2)
    many = unescape(client.get(path).content.decode())

    assert "rows.csv" in few
    assert "rows.csv" not in many
    later = many.partition('href="/exports/new?')[2].partition('"')[0]
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(owner.pk)
    session.save()
    form = client.get(f"/exports/new?{later}").content.decode()
    assert "3 rows" in form
    client.post("/exports/new", {"format": "xlsx", "filter": later})
    assert Export.objects.get().filter["position"] == str(feed.position())


def test_many_rows_are_written_in_flat_memory():
    make.shop()
    owner, order = make.owner(), make.order()
    feed.publish()
    for begin in range(0, ROWS, 5_000):
        JournalEvent.objects.bulk_create(
            JournalEvent(
                kind="order.moved", order=order, seq=1_000 + n, to_status="cancelled", from_status="new",
                actor_kind="sweep", actor_id=0, at=make.AT,
            )
            for n in range(begin, min(begin + 5_000, ROWS))
        )  # fmt: skip
    Unplaced.objects.all().delete()
    export = ask(owner, "xlsx", section="funnel", figure="cancelled")
    tracemalloc.start()
    while work.make_next(at=make.AT):
        pass
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    export.refresh_from_db()
    assert (export.state, export.rows) == (Export.State.READY, ROWS)
    assert most < 25 * MEGABYTE
