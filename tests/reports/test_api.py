"""The reports' JSON doors."""

from datetime import timedelta

import pytest

from orders import changes
from orders.status import CancelReason
from reports import closing
from reports.models import Closing
from shopdesk.base.periods import day
from tests import make

pytestmark = pytest.mark.django_db
DAYS = "from=2026-11-01&to=2026-12-01"


@pytest.fixture
def owner(db):
    return make.client(make.owner())


def rows_of(client, figure):
    return client.get(figure["rows"].removeprefix("/api/v1/")).json()["results"]


def test_the_period_report_has_its_sections_keyed_by_currency(owner):
    order = make.order([("A", 2, "129.00")])
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.after(hours=1))

    answer = owner.get(f"reports/period?{DAYS}&compare=previous").json()

    assert (answer["from"], answer["to"], answer["zone"]) == ("2026-11-01", "2026-12-01", "Europe/Moscow")
    assert answer["start"] == "2026-10-31T21:00:00+00:00"
    assert answer["as_of_position"] > 0
    assert answer["funnel"]["taken"]["value"] == 1
    assert answer["funnel"]["cancelled"]["by_reason"]["price"]["value"] == 1
    assert answer["money"]["RUB"]["ordered"]["value"] == "258.00"
    assert answer["compare"]["from"] == "2026-10-01"
    assert answer["compare"]["money"]["RUB"]["ordered"]["value"] == "0.00"
    assert answer["closed"] is None
    assert "groups" not in answer


def test_the_rows_of_a_figure_are_those_it_was_made_of_whatever_comes_later(owner):
    first, second = make.order(), make.order([("B", 3, "10.00")])
    answer = owner.get(f"reports/period?{DAYS}").json()
    make.order()

    ordered = rows_of(owner, answer["money"]["RUB"]["ordered"])
    taken = rows_of(owner, answer["funnel"]["taken"])

    assert [(row["order"], row["amount"]) for row in ordered] == [(first.number, "129.00"), (second.number, "30.00")]
    assert [(row["order"], row["count"]) for row in taken] == [(first.number, 1), (second.number, 1)]


def test_rows_come_by_pages(owner):
    numbers = [make.order().number for _ in range(5)]

    seen, cursor = [], ""
    while cursor is not None:
        page = owner.get(f"reports/funnel/rows?figure=taken&{DAYS}&limit=2{cursor and '&cursor=' + cursor}").json()
        seen += [row["order"] for row in page["results"]]
        cursor = page["next"]

    assert seen == numbers


def test_sections_stand_alone_and_days_come_in_groups(owner):
    make.order()

    money, funnel = owner.get(f"reports/money?{DAYS}").json(), owner.get(f"reports/funnel?{DAYS}&group=day").json()

    assert "funnel" not in money
    assert "money" not in funnel
    assert len(funnel["groups"]) == 30
    assert sum(one["funnel"]["taken"]["value"] for one in funnel["groups"]) == 1


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "?from"),
        ("from=2026-11-01", "?to"),
        ("from=2026-11-31&to=2026-12-01", "?from"),
        (f"{DAYS}&compare=never", "?compare"),
        (f"{DAYS}&group=hour", "?group"),
        (f"{DAYS}&position=-1", "?position"),
        (f"{DAYS}&secret=1", "?secret"),
        ("from=1990-01-01&to=2026-12-01", "?to"),
    ],
)
def test_a_wrong_question_is_refused_by_name(owner, query, pointer):
    answer = owner.get(f"reports/period?{query}")

    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_an_empty_period_is_refused(owner):
    answer = owner.get("reports/period?from=2026-11-02&to=2026-11-02")

    assert (answer.status_code, answer.json()["code"]) == (409, "empty_period")


def test_an_unknown_figure_has_no_rows_and_a_broken_cursor_is_refused(owner):
    assert owner.get(f"reports/money/rows?figure=luck&{DAYS}").status_code == 404
    assert owner.get(f"reports/money/rows?figure=sold&{DAYS}&cursor=x").status_code == 400


def test_files_are_attachments(owner):
    """V5.4.1."""
    make.order()

    table, book = owner.get(f"reports/period.csv?{DAYS}"), owner.get(f"reports/period.xlsx?{DAYS}")

    assert 'filename="report-2026-11-01-2026-12-01.csv"' in table["Content-Disposition"]
    assert "129.00" in b"".join(table.streaming_content).decode()
    assert book.content.startswith(b"PK")


def test_a_closed_day_and_what_was_restated(owner):
    make.order()
    monday = day(make.AT.date(), "Europe/Moscow")
    closing.close(monday, by=make.BY, at=make.after(days=1))
    late = make.order()

    closed = owner.get("reports/closings").json()["results"]
    answer = owner.get("reports/period?from=2026-11-23&to=2026-11-24").json()
    restated = owner.get(closed[0]["restated"].removeprefix("/api/v1/")).json()

    assert closed[0]["figures"]["funnel"]["taken"] == 1
    assert answer["closed"]["restated"]["funnel"]["taken"] == 1
    assert {row["order"] for row in restated["results"]} == {late.number}


def test_only_the_owner_closes_by_hand(owner):
    order = make.order(at=make.AT - timedelta(days=400))
    on = order.taken_at.date()
    body = {"from": str(on), "to": str(on + timedelta(days=1))}

    assert make.client(make.manager()).post("reports/closings", body).status_code == 403
    assert not Closing.objects.exists()
    answer = owner.post("reports/closings", body)
    assert answer.status_code == 201
    assert answer.json()["figures"]["funnel"]["taken"] == 1
    assert owner.post("reports/closings", {"from": str(on)}).status_code == 400


@pytest.mark.parametrize("path", ["period", "period.csv", "period.xlsx", "funnel", "money", "money/rows", "closings"])
def test_figures_are_for_owner_and_manager(path):
    for who in (make.packer(), make.courier_person(), make.channel()):
        assert make.client(who).get(f"reports/{path}?{DAYS}").status_code == 403
    assert make.client().get(f"reports/{path}?{DAYS}").status_code == 401
