"""Sections as files: every part of them, numbers as numbers, and nothing that the reader may not see."""

import csv
import io

import pypdfium2
import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from orders.models import Product
from reports.web import sections as pages
from shopdesk.limits.models import LimitSet
from tests import make

pytestmark = pytest.mark.django_db
NOVEMBER = {"from": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture
def sold(client):
    make.shop(currency="RUB")
    for sku in ("A", "B", "C"):
        make.product(sku, on_hand=9, cost_minor=40_00)
        make.delivered([(sku, 2, "100.50")])
    client.force_login(make.owner())
    return client


def fetch(client, section, ending, **asked):
    answer = client.get(reverse("reports-section-file", args=[section, ending]), {**NOVEMBER, **asked})
    assert answer.status_code == 200
    return answer.content


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_page_says_how_many_it_leaves_out_and_the_files_have_them(sold, monkeypatch):
    monkeypatch.setattr(pages, "SHOWN", 2)
    page = sold.get(reverse("reports-section", args=["products"]), {**NOVEMBER, "group": "product"}).content.decode()

    assert "1 other</th>" in page
    head, *rows = rows_of(fetch(sold, "products", "csv", group="product"))
    assert {row[0] for row in rows[:3]} == {"A", "B", "C"}
    sold_at = head.index("Sold, ₽")
    assert [row[sold_at] for row in rows[:4]] == ["201.00", "201.00", "201.00", "603.00"]
    assert rows[3][0] == "All together"


def test_the_workbook_has_numbers_and_the_paper_says_the_same(sold):
    book = CalamineWorkbook.from_filelike(io.BytesIO(fetch(sold, "products", "xlsx", group="product")))
    head, *rows = book.get_sheet_by_index(0).to_python()
    assert {type(cell) for cell in rows[0][1:]} == {float}
    assert rows[3][head.index("Sold, ₽")] == 603.0

    with pypdfium2.PdfDocument(fetch(sold, "products", "pdf", group="product")) as paper:
        words = "".join(one.get_textpage().get_text_range() for one in paper)
    assert "603 ₽" in words.replace("\u00a0", " ")


def test_costs_are_in_no_file_of_whoever_may_not_see_them(sold):
    assert "Margin, ₽" in rows_of(fetch(sold, "products", "csv"))[0]
    manager = make.manager()
    LimitSet.objects.create(person=manager, cost=False)
    sold.force_login(manager)

    assert "Margin, ₽" not in rows_of(fetch(sold, "products", "csv"))[0]
    assert Product.objects.count() == 3
