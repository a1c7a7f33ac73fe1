"""The pages of customers: found, looked at, marked, noted, joined and taken apart."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Customer, CustomerConflict, CustomerJoin
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ANNA, OTHER = "+79161234567", "+79161234568"


@pytest.fixture
def owner(client):
    make.shop(language="en")
    make.product("A", 100)
    made = make.owner()
    client.force_login(made)
    return made


def body(client, name: str, *args: int, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200, response.content
    return response.content.decode()


@pytest.mark.parametrize("text", ["1234", "89161234", "анна", "Смир"])
def test_customer_is_found_as_people_search(client, owner, text):
    make.order(phone=ANNA)

    assert "Анна Смирнова" in body(client, "customers", query=f"?q={text}")
    assert "Nobody is found" in body(client, "customers", query="?q=5555")


def test_card_says_how_each_phones_orders_ended(client, owner):
    made = make.delivered(phone=ANNA)

    text = body(client, "customers-card", made.customer_id)

    assert str(made.number) in text
    assert "orders: 1, delivered 1, refused 0" in text
    assert "buys out 100" in text


def test_customer_is_marked_and_noted(client, owner):
    customer = make.order().customer_id
    client.post(reverse("customers-mark", args=[customer]), {"mark": "blocked", "reason": "fake"})
    client.post(reverse("customers-note", args=[customer]), {"note": "x", "tags": "a, b", "consent": "given"})

    row = Customer.objects.get()
    assert (row.mark, row.mark_reason, row.note, row.tags, row.consent) == ("blocked", "fake", "x", ["a", "b"], "given")
    assert "blocked" in body(client, "customers", query="?view=blocked")
    assert client.post(reverse("customers-mark", args=[customer]), {"mark": "blocked"}).status_code == 409


def test_doubt_is_shown_joined_and_undone(client, owner):
    make.order(phone=ANNA)
    make.order(phone=OTHER, name="Анна С.")
    make.order(phone=f"{ANNA}, {OTHER}")
    conflict = CustomerConflict.objects.get()
    pair = [conflict.known_id, conflict.other_id]

    assert "One person…" in body(client, "customers", query="?view=doubts")
    assert "1 order moves" in body(client, "customers-foresee", *pair)
    client.post(reverse("customers-join", args=pair))
    assert client.get(reverse("customers-card", args=pair[1:])).status_code == 302
    joined = CustomerJoin.objects.get()
    assert "Take apart again" in body(client, "customers-card", pair[0])
    client.post(reverse("customers-split", args=[pair[0], joined.pk]))
    assert body(client, "customers-card", pair[1])


def test_another_card_of_the_same_person_is_looked_for_on_the_card(client, owner):
    first = make.order(name="Anna Smirnova").customer
    second = make.order(phone="+79161230077", name="Anna S.").customer
    path = f"/customers/{first.pk}"
    assert f"{path}/with/{second.pk}" not in client.get(path).content.decode()

    found = client.get(f"{path}?same=0077").content.decode()
    assert f"{path}/with/{second.pk}" in found
    assert f"{path}/with/{first.pk}" not in client.get(f"{path}?same=Anna").content.decode(), "never with itself"
    assert "Nobody else is found" in client.get(f"{path}?same=nobody").content.decode()

    seen = client.get(f"{path}/with/{second.pk}").content.decode()
    assert seen.count("tel:+7916") == 2, "the phones of both cards"
    client.post(f"{path}/with/{second.pk}/joining")
    card = client.get(path).content.decode()
    assert card[card.index("Joined from") :].count("Anna S.") == 1, "which card it was"


def test_two_people_stay_two(client, owner):
    make.order(phone=ANNA)
    make.order(phone=OTHER)
    make.order(phone=f"{ANNA}, {OTHER}")
    client.post(reverse("customers-apart", args=[CustomerConflict.objects.get().pk]))

    assert "No doubts" in body(client, "customers", query="?view=doubts")


def test_list_and_rule_are_kept(client, owner):
    said = {"contacts": "8 916 123-45-68", "mark": "blocked", "reason": "list", "source": "external"}
    client.post(reverse("customers-listing"), said)
    client.post(reverse("customers-rule"), {"after_returned": "3"})

    assert Customer.objects.get().mark_source == "external"
    assert 'value="3"' in body(client, "customers-lists")


def test_pages_ask_no_more_for_twenty_than_for_one(client, owner):
    counts = []
    for many in (1, 20):
        for number in range(many):
            made = make.order(phone=f"+7916123{many:02}{number:02}")
            make.order(phone=ANNA)
        anna = Customer.objects.get(phones__phone=ANNA)
        for path in (reverse("customers"), reverse("customers-card", args=[anna.pk])):
            client.get(path)
            caches["nearby"].clear()  # the bar counts anew each time, however long the test takes
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            counts.append(len(asked))
    assert made
    assert counts[:2] == counts[2:]
    assert max(counts) <= 29  # nine of them the bar's


def test_packer_opens_no_customers(client, owner):
    make.order(phone=ANNA)
    make.order(phone=OTHER)
    pair = list(Customer.objects.values_list("pk", flat=True))
    client.force_login(make.packer())

    assert client.get(reverse("customers")).status_code in {302, 403, 404}
    assert client.post(reverse("customers-join", args=pair)).status_code in {302, 403, 404}
