"""What shops say over API v5 is kept raw first, stands in the inbox with what became of it, and is applied again."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone, translation

from orders import inbox, intake
from orders.inbox import asked, verdicts
from orders.models import InboundMessage, Order
from shopdesk.retailcrm import again
from shopdesk.retailcrm.editing import NOT_BY_THIS
from tests import make
from tests.shopdesk.retailcrm.speaking import ITEM, Module

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=3)


@pytest.fixture
def module() -> Module:
    make.shop(zone="Europe/Moscow")
    make.product("A", 100)
    return Module(make.channel("shop"))


def swept() -> int:
    later = timezone.now() + LATER
    return sum(again.apply(pk, at=later) for pk in again.left_over(at=later))


def told() -> list[tuple[str, str, str, str]]:
    rows = InboundMessage.objects.order_by("pk")
    return [(row.topic.removeprefix("v5/orders/"), row.state, row.reason, row.external_id) for row in rows]


def test_order_and_its_change_are_kept_as_they_came(module):
    raw = ' {"externalId": "S-1", "phone": "+79161230001", "items": [{"offer": {"externalId": "A"}, "quantity": 1}]} '
    module.raw("orders/create", urlencode({"order": raw}).encode())
    module.post("orders/S-1/edit", order={"customerComment": "ring at six"})
    module.post("orders/S-1/edit", order={"customerComment": "ring at six"})

    assert told() == [
        ("create", "applied", "taken", "S-1"),
        ("edit", "applied", "changed", "S-1"),
        ("edit", "ignored", "same", "S-1"),
    ]  # fmt: skip
    first = InboundMessage.objects.earliest("pk")
    assert (first.body, first.order, first.understood["phone"]) == (raw, Order.objects.get(), "+79161230001")


def test_refusal_of_the_desk_is_read_in_each_readers_language(module):
    module.order()
    with translation.override("bg"):
        module.post("orders/S-1/edit", order={"status": "complete"})
    kept = InboundMessage.objects.latest("pk")

    told = {}
    for language in ("en", "ru"):
        with translation.override(language):
            told[language] = verdicts.tell(kept.reason, json.loads(json.dumps(kept.detail)))
    assert kept.reason == "refused"
    assert told["en"] == "Errors in the entity format; status: " + NOT_BY_THIS
    assert (
        told["ru"] == "Данные записаны с ошибками; status: Этого статуса нельзя попросить: он следует из работы здесь."
    )


def test_what_is_refused_is_kept_with_the_reason_and_taken_in_when_it_is_applied_again(module):
    answer = module.order(delivery={"code": "nobody", "cost": "x"})
    assert (answer.status_code, Order.objects.count()) == (400, 0)
    kept = InboundMessage.objects.get()
    assert (kept.state, kept.reason) == ("failed", "refused")
    assert "delivery.cost" in verdicts.tell(kept.reason, kept.detail)

    InboundMessage.objects.update(body=kept.body.replace('"cost": "x"', '"cost": "5"').replace("nobody", "courier"))
    assert inbox.replay([kept.pk], by=make.BY, at=make.AT) == 1
    assert inbox.waiting() == [], "it is not the other sweep's"
    assert swept() == 1

    kept.refresh_from_db()
    assert (kept.state, kept.reason, kept.order) == ("applied", "taken", Order.objects.get())
    inbox.replay([kept.pk], by=make.BY, at=make.AT)
    swept()
    assert (Order.objects.count(), told()[0][2]) == (1, "same"), "once more changes nothing"


def test_upload_is_kept_whole_and_order_by_order(module):
    rows = [{"externalId": "S-1", "items": [ITEM]}, {"externalId": "S-2", "items": [ITEM | {"quantity": "many"}]}]
    assert module.post("orders/upload", orders=rows).status_code == 460

    assert told() == [
        ("upload", "applied", "split", ""), ("create", "applied", "taken", "S-1"), ("create", "failed", "refused", ""),
    ]  # fmt: skip
    assert set(InboundMessage.objects.exclude(part_of=None).values_list("part_of__topic", flat=True)) == {
        "v5/orders/upload"
    }


def test_text_that_is_no_entity_is_kept_too(module):
    assert module.post("orders/create", order="{not json").status_code == 400

    assert told() == [("create", "failed", "refused", "")]
    assert InboundMessage.objects.get().body == "{not json"


@pytest.mark.parametrize("own", ["S-1", ""])
@pytest.mark.parametrize("after", [False, True])
def test_door_that_dies_half_way_leaves_its_order_to_the_sweep_once(module, monkeypatch, own, after):
    """It dies before the order is taken in, or after it and before the message is marked."""
    whole = intake.take_in_many if own else intake.take_in_keyed

    def die(*args, **said):
        if after:
            whole(*args, **said)
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(intake, whole.__name__, die)
        assert module.order(own).status_code == 500
    assert (Order.objects.count(), told()[0][1]) == (int(after), "received")
    assert asked.left_over(again.BEGINS, at=timezone.now()) == [], "somebody may be at it this very moment"

    swept()

    assert Order.objects.count() == 1
    assert told()[0][1:3] == ("applied", "taken")
