"""A manager who works for some channels sees nothing of the others, at the next request (X1)."""

import pytest
from django.test import Client

from orders import calls
from orders.models import CallTask, Message
from orders.status import CancelReason
from shopdesk import waiting
from shopdesk.base.access import Limits
from shopdesk.limits.models import LimitSet
from shopdesk.people.models import User
from tests import make
from tests.shopdesk.accounts.seats import fresh
from tests.walker.bodies import BASKET, MONEY, PERSON

pytestmark = pytest.mark.django_db
OURS, THEIRS = "+79161230001", "+79161230002"


@pytest.fixture
def lena() -> User:
    """Lena works for the channel `shop`; there is another one, `market`."""
    make.shop(language="en")
    make.product("A", 50)
    make.channel("shop")
    make.channel("market")
    person = make.manager()
    LimitSet.objects.create(channels=["shop"])
    return person


def of(channel: str, phone: str = OURS, **fields):
    return make.order(channel=make.channel(channel), phone=phone, **fields)


def test_list_card_search_and_api_hold_their_channel_only(lena):
    ours, theirs = of("shop", name="Анна Своя"), of("market", THEIRS, name="Борис Чужой")
    page, api = fresh(lena), make.client(lena)

    assert [row["number"] for row in api.get("orders").json()["results"]] == [ours.number]
    assert [row["number"] for row in api.get(f"orders?q={THEIRS[-6:]}").json()["results"]] == []
    assert page.get(f"/orders/{ours.number}").status_code == 200
    assert page.get(f"/orders/{theirs.number}").status_code == 404
    assert page.post(f"/orders/{theirs.number}/cancellation", {"reason": CancelReason.PRICE}).status_code == 404
    listed = page.get("/orders").content.decode()
    assert "Своя" in listed
    assert "Чужой" not in listed
    assert "Чужой" not in page.get("/customers?q=Борис").content.decode()


def test_limit_acts_at_the_next_request(lena):
    theirs, page = of("market", THEIRS), fresh(lena)
    assert page.get(f"/orders/{theirs.number}").status_code == 404

    LimitSet.objects.update(channels=["shop", "market"])
    assert page.get(f"/orders/{theirs.number}").status_code == 200

    LimitSet.objects.update(channels=["shop"])
    assert page.get(f"/orders/{theirs.number}").status_code == 404


def test_desk_gives_only_calls_of_their_channels(lena):
    of("market", THEIRS)
    with pytest.raises(calls.NothingDue):
        calls.take_next(lena.pk, at=make.after(minutes=1))
    assert calls.look_ahead(at=make.after(minutes=1), limits=lena.subject.limits).ready == 0
    assert waiting.count(lena.subject, at=make.after(minutes=1))["calls"] == 0

    ours = of("shop")
    talk = calls.take_next(lena.pk, at=make.after(minutes=2))

    assert [task.order_id for task in talk.tasks] == [ours.pk]


def test_one_customer_of_two_channels_is_talked_to_about_ours_alone(lena):
    """The customer is leased whole, so nobody else rings meanwhile; what is not Lena's waits for its own people."""
    theirs, ours = of("market"), of("shop")
    talk = calls.take_next(lena.pk, at=make.after(minutes=1))
    assert [task.order_id for task in talk.tasks] == [ours.pk]
    other = CallTask.objects.get(order=theirs)
    assert other.taken_by is None
    with pytest.raises(calls.NothingDue):
        calls.take_next(make.manager(email="boris@shop.example").pk, at=make.after(minutes=2))

    results = calls.settle(
        talk.task.pk, calls.NewAttempt("no_answer"), by=lena.subject.actor, person=lena.pk, at=make.after(minutes=3)
    )

    assert [result.task.order_id for result in results] == [ours.pk]
    assert not other.attempts.exists()


def test_talk_that_is_not_theirs_any_more_is_left(lena):
    of("shop")
    calls.take_next(lena.pk, at=make.after(minutes=1))

    LimitSet.objects.update(channels=["market"])

    assert calls.see_conversation(lena.pk, at=make.after(minutes=2)) is None
    with pytest.raises(calls.NothingDue):
        calls.take_next(lena.pk, at=make.after(minutes=2))
    boris = make.manager(email="boris@shop.example")
    LimitSet.objects.create(person=boris)
    assert calls.take_next(boris.pk, at=make.after(minutes=3)).tasks


def test_talk_about_others_too_is_not_taken_over(lena):
    boris = make.manager(email="boris@shop.example")
    LimitSet.objects.create(person=boris)
    of("market")
    ours = of("shop")
    calls.take_next(boris.pk, at=make.after(minutes=1))
    task = CallTask.objects.get(order=ours)

    with pytest.raises(calls.NotAllYours):
        calls.take_over(task.pk, person=lena.pk, at=make.after(minutes=2))

    assert calls.who_has(task.pk, at=make.after(minutes=2)) == boris.name


def test_notes_of_calls_about_others_are_not_shown(lena):
    boris = make.manager(email="boris@shop.example")
    LimitSet.objects.create(person=boris)
    of("market")
    talk = calls.take_next(boris.pk, at=make.after(minutes=1))
    said = calls.NewAttempt("no_answer", note="speaks of her divorce")
    calls.settle(talk.task.pk, said, by=boris.subject.actor, person=boris.pk, at=make.after(minutes=2))
    of("shop")

    assert calls.see_attempts([OURS], talk.task.customer_id, boris.subject)
    assert calls.see_attempts([OURS], talk.task.customer_id, lena.subject) == []


def test_no_acts_no_reports_no_foreign_channel(lena):
    page, api = fresh(lena), make.client(lena)
    assert page.get("/acts").status_code == page.get("/reports").status_code == 404
    body = {"channel": "market", "currency": "RUB", "customer": {"phone": THEIRS, "name": "Анна"}}
    refused = api.post("orders", body | {"items": [{"sku": "A", "quantity": 1, "price": "129.00"}]})
    assert refused.json()["errors"][0]["pointer"] == "/channel"


def test_order_by_phone_needs_that_channel(lena):
    typed = PERSON | BASKET | MONEY | {"key": "k1"}
    page = fresh(lena)
    refused = page.post("/orders/new", typed)
    assert refused.status_code == 409, refused.content.decode()
    assert "not among the channels" in refused.content.decode()

    LimitSet.objects.update(channels=["shop", "phone"])

    assert page.post("/orders/new", typed).status_code == 302


def test_messages_and_what_rings_follow(lena):
    theirs = of("market", THEIRS, name="Борис Чужой")
    Message.objects.create(
        order=theirs, kind="confirmed", slot="1", due_at=make.AT, occasion_at=make.AT, event=theirs.events.first()
    )
    assert not Message.objects.for_subject(lena.subject).exists()
    rings = make.client(lena).get(f"telephony/callers?phone=%2B{THEIRS[1:]}").json()
    assert (rings["name"], rings["orders"], rings["tasks"]) == ("", [], [])
    boss = make.client(make.owner()).get(f"telephony/callers?phone=%2B{THEIRS[1:]}").json()
    assert boss["name"] == "Борис Чужой"


def test_owner_ticks_channels_on_the_page(lena):
    boss = fresh(make.owner())
    page = boss.get("/settings/roles").content.decode()
    assert "Channels they work for" in page
    typed = {"discount_percent": "15", "write_off_minor": "", "statuses": ["new"]}

    assert boss.post("/settings/roles", typed).status_code == 422, "none ticked is a mistake, not everything"
    boss.post("/settings/roles", typed | {"channels": ["market"]})
    assert LimitSet.objects.get().channels == ["market"]
    boss.post("/settings/roles", typed | {"channels": ["market", "shop"]})
    assert LimitSet.objects.get().channels is None, "all of them, also those to come"


def test_limits_know_that_some_channels_are_some_orders():
    assert not Limits(channels=frozenset({"shop"})).all_orders
    assert Client().get("/orders").status_code == 302
