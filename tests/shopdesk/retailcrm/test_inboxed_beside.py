"""Payments, customers and packs sent over API v5 are kept raw first too, done once, and applied again."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from orders import inbox
from orders.inbox import asked, verdicts
from orders.models import Channel, Customer, InboundMessage, JournalEvent, Order, Payment
from shopdesk.privacy import erasure
from shopdesk.retailcrm import again, buyers, keeping, packs
from shopdesk.retailcrm.models import Pack, PromisedPayment, ShopCustomer
from tests import make
from tests.shopdesk.retailcrm.speaking import Module

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=3)
BUYER = {"externalId": "c1", "firstName": "Anna", "phones": [{"number": make.PHONE}]}
PAID = {"type": "bank-card", "status": "paid", "amount": 50, "order": {"externalId": "S-1"}}


@pytest.fixture
def module() -> Module:
    make.shop(zone="Europe/Moscow")
    make.product("A", 100)
    asking = Module(make.channel("shop"))
    asking.order()
    InboundMessage.objects.all().delete()
    return asking


def swept() -> int:
    later = timezone.now() + LATER
    return sum(again.apply(pk, at=later) for pk in again.left_over(at=later))


def told() -> list[tuple[str, str, str]]:
    rows = InboundMessage.objects.order_by("pk")
    return [(row.topic.removeprefix("v5/"), row.state, row.reason) for row in rows]


def line() -> int:
    return Order.objects.get(external_id="S-1").lines.get().pk


def booked() -> int:
    return sum(Payment.objects.values_list("amount_minor", flat=True))


def test_what_a_shop_says_beside_its_orders_is_kept_as_it_came(module):
    module.post("customers/create", customer=BUYER)
    module.post("customers/c1/edit", customer={"firstName": "Maria"})
    module.post("customers/c1/edit", customer={"firstName": "Maria"})
    payment = module.post("orders/payments/create", payment=PAID).json()["id"]
    module.post(f"orders/payments/{payment}/edit", payment={"amount": 60}, by="id")
    module.post(f"orders/payments/{payment}/delete")
    pack = module.post("orders/packs/create", pack={"itemId": line(), "quantity": 1}).json()["id"]
    module.post(f"orders/packs/{pack}/edit", pack={"invoiceNumber": "I-7"})
    module.post(f"orders/packs/{pack}/delete")

    assert told() == [
        ("customers/create", "applied", "customer"), ("customers/edit", "applied", "customer"),
        ("customers/edit", "ignored", "same"), ("payments/create", "applied", "payment"),
        ("payments/edit", "applied", "payment"), ("payments/delete", "applied", "payment_gone"),
        ("packs/create", "applied", "pack"), ("packs/edit", "applied", "pack"),
        ("packs/delete", "applied", "pack_gone"),
    ]  # fmt: skip
    rows = list(InboundMessage.objects.order_by("pk"))
    assert rows[0].customer == Customer.objects.get() == rows[2].customer
    assert {row.order for row in rows[3:]} == {Order.objects.get()}
    assert (rows[0].understood["phone"], rows[3].understood["stated_total_minor"]) == (make.PHONE, 5_000)
    assert "apiKey" not in "".join(row.body for row in rows)
    assert booked() == 0


REFUSED = {
    "orders/payments/create": ("payment", {"type": "shells", "order": {"externalId": "S-1"}}),
    "orders/payments/none/edit": ("payment", {"status": "paid"}),
    "orders/payments/987654321/delete": ("payment", {}),
    "customers/create": ("customer", {"externalId": "x" * 70}),
    "customers/none/edit": ("customer", {"firstName": "A"}),
    "orders/packs/create": ("pack", {"itemId": 987654321, "quantity": 1}),
    "orders/packs/987654321/edit": ("pack", {"quantity": 1}),
    "orders/packs/987654321/delete": ("pack", {}),
    "orders/none/edit": ("order", {"phone": "1"}),
}


@pytest.mark.parametrize("path", sorted(REFUSED))
def test_what_is_refused_is_kept_with_the_reason(module, path):
    name, entity = REFUSED[path]
    before = JournalEvent.objects.count()
    assert module.post(path, **{name: entity}).status_code in (400, 404)

    kept = InboundMessage.objects.get()
    assert (kept.state, kept.reason, JournalEvent.objects.count()) == ("failed", "refused", before)
    assert verdicts.tell(kept.reason, kept.detail)
    assert kept.body


def test_refused_payment_is_booked_once_when_its_order_has_come(module):
    """The payment came before its order: applied again behind it, it is there, and a third time adds nothing."""
    assert module.post("orders/payments/create", payment=PAID | {"order": {"externalId": "S-2"}}).status_code == 404
    module.order("S-2")
    kept = InboundMessage.objects.get(topic="v5/payments/create")

    for _time in range(2):
        inbox.replay([kept.pk], by=make.BY, at=make.AT)
        swept()

    kept.refresh_from_db()
    assert (kept.state, kept.order, booked()) == ("ignored", Order.objects.get(external_id="S-2"), 5_000)
    assert PromisedPayment.objects.count() == 1


def test_upload_of_customers_is_kept_whole_and_one_by_one(module):
    module.post("customers/upload", customers=[BUYER, {"externalId": "c2"}, {"externalId": "c1"}])

    assert told() == [
        ("customers/upload", "applied", "split"), ("customers/create", "applied", "customer"),
        ("customers/create", "applied", "customer"), ("customers/create", "failed", "refused"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "rows"),
    [("customers/upload", [{"externalId": "c1"}, {"externalId": "c2"}]), ("orders/upload", [{"externalId": "S-9"}])],
)
def test_upload_that_dies_before_it_is_divided_is_divided_by_the_sweep_once(module, monkeypatch, path, rows):
    with monkeypatch.context() as broken:
        broken.setattr(asked, "keep_parts", _die)
        assert module.post(path, **{path.split("/", maxsplit=1)[0]: rows}).status_code == 500
    assert swept() == 1
    assert swept() == len(rows)
    inbox.replay([InboundMessage.objects.earliest("pk").pk], by=make.BY, at=make.AT)
    swept()

    assert InboundMessage.objects.exclude(part_of=None).count() == len(rows)


DIES = {  # a call, and what it dies in: before and after what it does is committed
    "customers/create": ("customer", {"firstName": "Anna"}, buyers, "make"),
    "orders/payments/create": ("payment", PAID, keeping, "promise"),
    "orders/packs/create": ("pack", {"quantity": 1}, packs, "keep"),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("path", sorted(DIES))
def test_door_that_dies_half_way_leaves_it_to_the_sweep_once(module, monkeypatch, path, after):
    name, entity, where, deed = DIES[path]
    whole = getattr(where, deed)

    def die(*args, **said):
        if after:
            whole(*args, **said)
        raise MemoryError

    if name == "pack":
        entity = entity | {"itemId": line()}
    with monkeypatch.context() as broken:
        broken.setattr(where, deed, die)
        assert module.post(path, **{name: entity}).status_code == 500
    assert told()[0][1] == ("applied" if after else "received")

    swept()

    counts = (ShopCustomer.objects.count(), PromisedPayment.objects.count(), Pack.objects.count())
    assert counts in {(2, 0, 0), (1, 1, 0), (1, 0, 1)}  # the order brought a customer of its own
    assert (told()[0][1], booked()) == ("applied", 5_000 if name == "payment" else 0)


@pytest.mark.parametrize("guarded", [True, False])
def test_edit_that_was_left_over_does_not_undo_a_later_one(module, monkeypatch, guarded):
    """Negative control: without the guard the older word of the shop takes back what it said since."""
    module.post("customers/create", customer=BUYER)
    payment = module.post("orders/payments/create", payment=PAID | {"externalId": "P-1"}).json()["id"]
    with monkeypatch.context() as broken:
        broken.setattr(keeping, "change", _die)
        broken.setattr(buyers, "change", _die)
        assert module.post("orders/payments/P-1/edit", payment={"amount": 10}).status_code == 500
        assert module.post("customers/c1/edit", customer={"firstName": "Older"}).status_code == 500
    module.post(f"orders/payments/{payment}/edit", payment={"amount": 70}, by="id")
    module.post("customers/c1/edit", customer={"firstName": "Newer"})
    if not guarded:
        monkeypatch.setattr(asked.Cause, "is_overtaken", lambda *_asked: False)

    assert swept() == 2

    names = set(ShopCustomer.objects.filter(external_id="c1").values_list("first_name", flat=True))
    assert (booked(), names) == ((7_000, {"Newer"}) if guarded else (1_000, {"Older"}))
    if guarded:
        assert [one for one in told() if one[2] == "older"] == [
            ("payments/edit", "ignored", "older"), ("customers/edit", "ignored", "older"),
        ]  # fmt: skip


def test_two_sweeps_at_one_message_do_it_once(module, monkeypatch):
    """The second has read the message before the first was done. Negative control: without the lock it pays twice."""
    shop = Channel.objects.get(pk="shop")
    message = asked.keep(asked.Heard(shop, "v5/payments/create", json.dumps(PAID)), at=timezone.now())
    stale = InboundMessage.objects.select_related("channel").get(pk=message.pk)
    again._again(InboundMessage.objects.select_related("channel").get(pk=message.pk), timezone.now())
    again._again(stale, timezone.now())
    assert (booked(), told()) == (5_000, [("payments/create", "applied", "payment")])

    stale = InboundMessage.objects.select_related("channel").get(pk=message.pk)
    stale.order_id = None
    monkeypatch.setattr(asked.Cause, "lock", lambda _cause: None)
    again._again(stale, timezone.now())
    assert booked() == 10_000


def test_person_who_is_erased_leaves_no_message_of_theirs(module):
    module.post("customers/create", customer=BUYER | {"phones": [{"number": "+79161230099"}]})
    other = {"externalId": "c2", "firstName": "Boris", "phones": [{"number": "+79161239999"}]}
    module.post("customers/create", customer=other)
    customer = ShopCustomer.objects.get(external_id="c1").customer

    erasure.erase(f"c{customer.pk}", ground="request", by=make.BY, at=timezone.now())

    first, second = InboundMessage.objects.filter(topic="v5/customers/create").order_by("pk")
    assert (first.body, first.understood) == ("", None)
    assert "Boris" in second.body, "somebody else's stays"


def test_shop_of_several_sites_keeps_what_a_person_says_under_the_orders_own_channel(module):
    make.channel("other")
    staff = Module(make.owner())
    assert staff.post("orders/payments/create", payment=PAID).status_code == 201
    assert staff.post("orders/payments/create", payment=PAID | {"order": {}}).status_code == 400

    assert [row.channel_id for row in InboundMessage.objects.all()] == ["shop"]


def _die(*_args, **_said):
    raise MemoryError
