"""The reports and the home page: figures that open their rows, dates, files, and who may see what."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.core.cache import cache, caches
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from orders import changes, feed
from orders.status import CancelReason
from reports import closing, rollups
from reports.models import Closing
from reports.web.asking import path_to
from shopdesk.base.periods import day
from shopdesk.limits.models import LimitSet
from tests import make

pytestmark = pytest.mark.django_db
MONDAY = make.AT.date()
NOVEMBER = "from=2026-11-01&until=2026-11-30"
PAGES = ["reports", "reports-csv", "reports-xlsx", "reports-cash"]


def sit(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def owner(db):
    return sit(make.owner())


def read(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:500]
    return unescape(answer.content.decode())


def figures(text):
    """Every figure of a page that opens its rows: address -> what it says."""
    return dict(re.findall(r'<a class="(?:go )?figure[^"]*" href="(/reports/rows[^"]*)">([^<]*)</a>', text))


def rows_in(text):
    return re.findall(r'data-row="\w+-\d+-\d+"', text)


def queries(client, path):
    """Count what a page asks; the feed is published and nothing is remembered from the page before."""
    read(client, path)
    for kept in (cache, caches["nearby"], caches["reports"]):
        kept.clear()
    with CaptureQueriesContext(connections["default"]) as seen:
        read(client, path)
    return len(seen)


def test_month_asks_the_same_however_many_orders_and_days_are_kept(owner):
    """Row 13: a page is dear by its days. Without kept figures it asks each kind of fact anew."""
    make.product("A", 99)
    make.order([("A", 1, "100.00")])
    unkept = queries(owner, f"/reports?{NOVEMBER}")
    rollups.sweep()
    one = queries(owner, f"/reports?{NOVEMBER}")
    for _order in range(5):
        make.order([("A", 1, "100.00")])
    rollups.sweep()

    assert queries(owner, f"/reports?{NOVEMBER}") == one <= 26
    assert queries(owner, "/reports?from=2026-01-01&until=2026-12-31") <= one + 2  # the year before lies apart
    assert unkept > one + 20


@pytest.mark.parametrize("page", PAGES)
def test_reports_are_for_owner_and_manager(page):
    make.courier("own")
    path = reverse(page)

    assert sit(make.owner()).get(path).status_code == 200
    assert sit(make.manager()).get(path).status_code == 200
    for other in (make.packer(), make.courier_person()):
        assert sit(other).get(path).status_code in {403, 404}
    assert Client().get(path).status_code == 302


def test_each_figure_opens_the_rows_that_sum_to_it(owner):
    make.product("A", 9)
    make.delivered([("A", 2, "100.00")])
    changes.cancel(make.order().number, CancelReason.PRICE, by=make.BY, at=make.after(hours=1))

    found = figures(read(owner, f"/reports?{NOVEMBER}&compare=none"))

    assert len(found) > 20
    for path, value in found.items():
        rows = read(owner, path)
        assert f": {value}</h1>" in rows, path
        if "section=funnel" in path:
            assert len(rows_in(rows)) == int(value), path


def test_the_rows_of_a_figure_stay_those_of_the_page(owner):
    make.order()
    found = figures(read(owner, f"/reports?{NOVEMBER}"))
    make.order()

    taken = next(path for path in found if "figure=taken" in path and "from=2026-11-01" in path)

    assert len(rows_in(read(owner, taken))) == 1
    assert len(rows_in(read(owner, re.sub("&position=[0-9]+", "", taken)))) == 2


def test_rows_come_by_pages_and_name_their_orders(owner):
    numbers = [make.order(name=f"Покупатель {n}").number for n in range(51)]
    path = "/reports/rows?figure=taken&from=2026-11-23"

    first = read(owner, path)
    further = re.search(r'href="(\?[^"]*cursor=[^"]*)" data-key="]"', first)[1]
    second = read(owner, "/reports/rows" + further)

    assert len(rows_in(first)) == 50
    assert len(rows_in(second)) == 1
    assert reverse("orders-card", args=[numbers[0]]) in first
    assert "Покупатель 50" in second
    assert "cursor" not in re.search(r'href="(\?[^"]*)" data-key="\["', second)[1]


def test_rows_of_the_margin_tell_the_sale_from_its_cost(owner):
    make.product("A", 9, cost_minor=4000)
    make.delivered([("A", 1, "100.00")])

    text = read(owner, "/reports/rows?section=money&figure=margin&currency=RUB&from=2026-11-23")

    assert ": 60\u00a0₽</h1>" in text
    assert "kept by the customer</td>" in text
    assert "what the goods cost</td>" in text
    assert "\u221240\u00a0₽" in text


def test_a_cursor_of_nowhere_is_refused(owner):
    assert owner.get("/reports/rows?figure=taken&cursor=%21").status_code == 400
    assert owner.get("/reports/rows?figure=nothing").status_code == 404
    assert owner.get("/reports/rows?section=weather&figure=taken").status_code == 400


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2026-11-05&until=2026-11-01", "The period must end after it begins."),
        ("from=yesterday&until=2026-11-01", None),
        ("from=1995-01-01&until=2026-11-01", "These are too many days, or too far away."),
    ],
)
def test_dates_that_cannot_be_are_refused_beside_them_and_stay_typed(owner, query, sentence):
    text = read(owner, f"/reports?{query}", status=400)

    assert f'value="{query[5:].partition("&")[0]}"' in text
    assert re.search(r'id="days-error" role="alert">[^<]+<', text)
    assert sentence is None or sentence in text
    assert 'aria-invalid="true"' in text


def test_what_is_no_question_of_a_report_is_refused(owner):
    assert owner.get("/reports?colour=red").status_code == 400
    assert owner.get("/reports?compare=tomorrow").status_code == 400
    assert owner.get("/reports?from=2026-11-01&from=2026-11-02").status_code == 400


def test_a_month_that_goes_on_leads_to_the_whole_one_before(owner):
    text = read(owner, "/reports?span=month&from=2020-11-01&until=2020-11-20")

    before = re.search(r'href="([^"]*)" data-key="\["', text)[1]
    after = re.search(r'href="([^"]*)" data-key="\]"', text)[1]

    assert before == path_to("month", date(2020, 10, 1), date(2020, 10, 31), "previous")
    assert after == path_to("month", date(2020, 12, 1), date(2020, 12, 31), "previous")


def test_nothing_follows_the_days_that_go_on(owner):
    text = read(owner, "/reports")

    assert 'data-key="["' in text
    assert 'data-key="]"' not in text
    assert "Today is still going on" in text
    assert "Today is still going on" not in read(owner, "/reports?from=2020-11-01&until=2020-11-20")


def test_any_days_are_followed_by_as_many(owner):
    text = read(owner, "/reports?from=2020-11-03&until=2020-11-05")

    assert "from=2020-10-31&until=2020-11-02" in re.search(r'href="([^"]*)" data-key="\["', text)[1]
    assert "against 31" in text


def test_files_say_what_the_page_said(owner):
    make.order([("A", 2, "100.00")])
    text = read(owner, f"/reports?{NOVEMBER}")
    csv_path, xlsx_path = (re.search(rf'href="(/reports/period\.{end}[^"]*)"', text)[1] for end in ("csv", "xlsx"))
    make.order([("A", 1, "100.00")])  # later than the page

    answer = owner.get(csv_path)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    sheet = CalamineWorkbook.from_filelike(BytesIO(owner.get(xlsx_path).content)).get_sheet_by_index(0).to_python()

    assert "report-2026-11-01-2026-11-30.csv" in answer["Content-Disposition"]
    assert "2026-11-01 – 2026-11-30,Money,Ordered,RUB,200.00" in lines
    assert [date(2026, 11, 1), date(2026, 11, 30), "Money", "Ordered", "RUB", 200.0] in sheet


def test_currencies_stand_in_tables_of_their_own(owner):
    make.order()
    alone = read(owner, f"/reports?{NOVEMBER}")
    make.order(channel=make.channel("eu", currency="EUR"), currency="EUR")
    text = read(owner, f"/reports?{NOVEMBER}")

    assert 'id="money-RUB"' in text
    assert 'id="money-EUR"' in text
    assert "currencies are never added" in text
    assert "currencies are never added" not in alone


def test_closed_days_say_so_and_show_what_came_later(owner):
    make.order()
    closing.close(day(MONDAY, "Europe/Moscow"), by=make.BY, at=make.after(days=1))
    path = f"/reports?from={MONDAY}&until={MONDAY}"
    still = read(owner, path)
    late = make.order()

    text = read(owner, path)
    one = Closing.objects.get()
    rows = read(owner, reverse("reports-restated", args=[one.pk]))

    assert "Nothing was restated since" in still
    assert "restated since: Taken in +1" in text
    assert reverse("reports-restated", args=[one.pk]) in text
    assert reverse("orders-card", args=[late.number]) in rows
    assert len(rows_in(rows)) == 1
    assert owner.get(reverse("reports-restated", args=[one.pk + 1])).status_code == 404


def test_the_meaning_of_each_figure_stands_beside_it(owner):
    make.order()
    text = read(owner, f"/reports?{NOVEMBER}")

    described = re.findall(r'aria-describedby="([mf]-[^"]+)"', text)
    assert len(described) > 7
    assert all(f'id="{one}"' in text for one in described)


def test_the_cash_that_couriers_hold_names_its_orders(owner):
    assert "No courier holds any money" in read(owner, "/reports/cash")
    make.product("A", 9)
    made = make.delivered([("A", 2, "100.00")])

    text = read(owner, "/reports/cash")

    assert "200 ₽".replace(" ", "\u00a0") in text
    assert reverse("orders-card", args=[made.number]) in text


def test_home_of_the_owner_has_decisions_figures_and_desks(owner):
    at = timezone.now()
    make.order(at=at, placed_at=at)
    text = read(owner, "/")

    found = figures(text)
    assert any("figure=taken" in path and value == "1" for path, value in found.items())
    assert "Waits for your decision" in text
    assert "The day now" in text
    assert "Orders a day" in text


def test_home_of_the_manager_has_desks_and_no_figures_of_the_day():
    text = read(sit(make.manager()), "/")

    assert "Waits for your decision" in text
    assert "The day now" in text
    assert figures(text) == {}
    assert reverse("reports-cash") not in text


def test_home_says_what_is_late_and_since_when(owner):
    at = timezone.now() - timedelta(days=3)
    make.product("A", 9, at=at)
    late = make.confirmed(at=at, placed_at=at)

    cache.clear()  # the bar's counts are those of somebody else's five seconds
    text = read(owner, "/")
    packing = re.search(r'<tr data-row="packing">.*?</tr>', text, re.DOTALL)[0]

    assert late.ship_on < timezone.now().date()
    assert "1 late" in packing
    assert "3 days" in packing
    assert "1 late" not in text.replace(packing, "")


def test_packers_begin_at_their_own_desk():
    answer = sit(make.packer()).get("/")
    assert (answer.status_code, answer["Location"]) == (302, reverse("packing"))


@pytest.mark.parametrize(
    "path", ["/", f"/reports?{NOVEMBER}", "/reports/cash", "/reports/rows?section=money&figure=ordered&from=2026-11-23"]
)
def test_a_page_asks_as_much_for_twenty_orders_as_for_one(owner, path):
    make.product("A", 99)
    make.delivered(at=make.AT)
    late = timezone.now() - timedelta(days=2)
    make.order(at=late, placed_at=late)
    one = queries(owner, path)
    for hour in range(1, 20):
        make.delivered(at=make.after(hours=hour), phone=f"+791612345{hour:02}")
        make.order(at=late, placed_at=late)

    assert queries(owner, path) <= one


def test_a_page_of_figures_that_are_still_added_up_says_how_far_they_are(owner, monkeypatch):
    make.product("A", 99)
    make.delivered(at=make.AT)
    feed.publish()
    monkeypatch.setattr(rollups, "READ_MOST", 1)
    monkeypatch.setattr(rollups, "LIVE_MOST", 1)
    for path in (f"/reports?{NOVEMBER}", f"/reports/buyout?{NOVEMBER}"):
        waiting = owner.get(path)
        assert (waiting.status_code, waiting["Refresh"]) == (200, "3")
        assert f"0 of {feed.position()} entries" in waiting.content.decode()
    machine = owner.get("/api/v1/reports/money?from=2026-11-01&to=2026-12-01")
    assert (machine.status_code, machine.json()["of"]) == (503, feed.position())
    assert owner.get(f"/reports?{NOVEMBER}&position=3").status_code == 200  # as it was known is read from the facts

    rollups.sweep()

    assert "Refresh" not in owner.get(f"/reports?{NOVEMBER}")


@pytest.mark.parametrize("path", [f"/reports?{NOVEMBER}", f"/reports/products?{NOVEMBER}"])
def test_a_page_is_kept_until_something_happens_and_only_for_whom_it_was_made(owner, path):
    make.product("A", 99)
    make.delivered(at=make.AT)
    rollups.sweep()
    anew = queries(owner, path)
    first = read(owner, path)
    with CaptureQueriesContext(connections["default"]) as seen:
        again = read(owner, path)
    assert len(seen) < anew - 2
    assert again.partition("<main")[2].count("figure") == first.partition("<main")[2].count("figure") > 9
    manager = make.manager()
    LimitSet.objects.create(person=manager, cost=False)
    assert "Margin" in first
    assert "Margin" not in read(sit(manager), path)
    assert "Маржа" in read(sit(make.owner(language="ru")), path)

    make.delivered(at=make.after(hours=1), phone="+79161234599")

    assert place_of(read(owner, path)) == feed.position() > place_of(first)


def place_of(page):
    return int(re.search(r"of the same moment: place (\d+)", page).group(1))
