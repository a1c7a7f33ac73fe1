"""The pages of imports: lay a file down, name its columns, see each verdict, take it in."""

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order
from shopdesk.imports.models import Import
from tests import make
from tests.shopdesk.imports.test_orders import TWO, tried, worked

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def owner(client):
    make.shop(language="en")
    make.product("A", 10)
    made = make.owner()
    client.force_login(made)
    return made


def test_file_goes_its_whole_way(client, owner):
    file = SimpleUploadedFile("orders.csv", TWO.encode("cp1251"))
    laid = client.post(reverse("imports"), {"what": "orders", "channel": "", "file": file})
    batch = Import.objects.get()
    card = reverse("imports-import", args=[batch.code])
    assert laid["Location"] == card
    assert '<option value="Артикул" selected>Артикул · A</option>' in client.get(card).content.decode()

    client.post(reverse("imports-trial", args=[batch.code]), batch.columns)
    assert "being tried" in client.get(card).content.decode()
    worked(batch)
    assert "2 can be taken in." in client.get(card).content.decode()
    client.post(reverse("imports-taking", args=[batch.code]))
    worked(batch)
    assert reverse("orders-card", args=[Order.objects.first().number]) in client.get(card).content.decode()
    assert "Undo this import" in client.get(card).content.decode()
    client.post(reverse("imports-undo", args=[batch.code]))
    worked(batch)
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    assert "orders.csv" in client.get(reverse("imports")).content.decode()


def test_card_counts_what_is_there_already_and_says_when_there_is_nothing(client, owner):
    client.get(reverse("imports"))
    first = tried(owner, TWO + "К-3;X;1;A;many;1;;;\n")
    said = client.get(reverse("imports-import", args=[first.code])).content.decode()
    assert "2 can be taken in." in said
    assert "1 cannot." in said
    client.post(reverse("imports-taking", args=[first.code]), {"skip_bad": "1"})
    worked(first)
    said = client.get(reverse("imports-import", args=[first.code])).content.decode()
    assert "Taken in: 2 · 1 could not be taken in" in " ".join(said.split())

    again = tried(owner, TWO)
    assert "2 are there already." in client.get(reverse("imports-import", args=[again.code])).content.decode()
    empty = tried(owner, "SKU,Price\n")
    assert (
        "There is no order in this file." in client.get(reverse("imports-import", args=[empty.code])).content.decode()
    )


def test_columns_that_nothing_is_taken_from_are_named(client, owner):
    file = SimpleUploadedFile("orders.csv", "Артикул;Цвет\nA;синий\n".encode())
    client.post(reverse("imports"), {"what": "orders", "channel": "", "file": file})
    said = client.get(reverse("imports-import", args=[Import.objects.get().code])).content.decode()
    assert "Nothing is taken from: Цвет" in said


def test_page_asks_no_more_for_twenty_than_for_one(client, owner):
    counts = []
    for rows in (1, 20):
        text = "SKU,Price\n" + "".join(f"A,{n + 1}\n" for n in range(rows))
        for _ in range(rows):
            batch = tried(owner, text)
        for path in (reverse("imports"), reverse("imports-import", args=[batch.code])):
            client.get(path)
            caches["nearby"].clear()  # the bar counts anew each time, however long the test takes
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 25  # nine of them the bar's


def test_what_is_no_file_is_refused(client, owner):
    wrong = SimpleUploadedFile("x.csv", b"\x00\x01\x02")

    assert client.post(reverse("imports"), {"what": "orders", "file": wrong}).status_code == 409
    assert client.post(reverse("imports"), {"what": "orders"}).status_code in {400, 422}
    assert not Import.objects.exists()
