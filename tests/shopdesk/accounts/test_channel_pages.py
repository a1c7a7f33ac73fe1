"""A channel's page shows what its kind of shop needs and no more, and says in words why the shop did not answer."""

import pytest
from django.utils import timezone

from orders.models import Connection, ShopNote, ShopOrder
from tests import make
from tests.orders.inbox import shops

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def owner(client):
    make.shop(language="en")
    client.force_login(make.owner())
    return client


def page(owner, channel) -> str:
    return owner.get(f"/settings/channels/{channel.pk}").content.decode()


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("woocommerce", ["Consumer key", "Consumer secret", "Fetch what its messages"], ["Access token", "location"]),
        ("shopify", ["Access token", "Number of the location"], ["Consumer key", "Consumer secret"]),
        (
            "api",
            ["What its statuses mean"],
            ["How the desk reaches the shop", "Fetch what its messages", "Tell it how"],
        ),
    ],
)
def test_page_asks_for_what_this_kind_of_shop_has(owner, kind, shown, hidden):
    said = page(owner, shops.shop(kind))
    assert [words for words in shown if words not in said] == []
    assert [words for words in hidden if words in said] == []


def test_why_the_shop_did_not_answer_is_said_in_words(owner):
    channel = shops.shop()
    Connection.objects.update(polled_at=timezone.now(), poll_problem="401")
    shops.hear(channel, shops.woo(1))
    side = ShopOrder.objects.get()
    now = timezone.now()
    ShopNote.objects.create(
        shop_order=side, kind="cancel", word="bought_elsewhere", state="dead", answer="time", at=now, due_at=now
    )

    said = page(owner, channel)

    assert "it refused the key (401)" in said
    assert "it did not answer in time" in said
    assert "bought elsewhere" in said
    assert "bought_elsewhere" not in said
