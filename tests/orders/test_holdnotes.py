"""What a hold says is read in the reader's language; old rows say what was written then."""

import pytest
from django.test import Client
from django.utils import translation

from orders import changes, holds
from orders.holdnotes import SENTENCES, tell
from orders.models import Hold
from orders.status import HoldReason
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOODS = [("A", 2, "500.00")]
DETAIL = {
    "carrier": {"why": ["cod", "postcode"]}, "totals": {"minor": -1250, "currency": "RUB"},
    "shop_changed": {"fields": ["contact_phone_raw", "line:11", "line:12"]},
    "shop_status": {"status": "complete"}, "refund_unsaid": {"refund": "7"},
}  # fmt: skip
IN_RUSSIAN = {
    "carrier": "Служба доставки не может это везти: она не принимает оплату при получении; ей нужен почтовый индекс.",
    "totals": "Сумма магазина отличается от нашей на −12,50\u00a0₽.",
    "shop_changed": "Магазин изменил то, что изменили и здесь: телефон, состав.",
    "shop_status": "По словам магазина, заказ уже в статусе «complete».",
    "refund_unsaid": "Магазин вернул деньги, не сказав за что: возврат 7.",
}


def test_every_code_has_its_sentence():
    assert set(SENTENCES) == set(holds.About) == set(DETAIL)


@pytest.mark.parametrize("code", sorted(DETAIL))
def test_hold_is_told_in_the_readers_language(code):
    hold = Hold(code=code, detail=DETAIL[code])
    with translation.override("ru"):
        assert tell(hold) == IN_RUSSIAN[code]
    with translation.override("en"):
        assert tell(hold).isascii() or code in {"totals", "shop_status"}


def test_old_row_and_a_persons_own_words_stand_as_they_are():
    assert tell(Hold(note="totals differ by 5.00 RUB")) == "totals differ by 5.00 RUB"
    assert tell(Hold(note="ask Anna")) == "ask Anna"


def test_card_and_the_api_say_it_in_their_readers_language():
    make.product("A", 20)
    make.courier("safe", takes_cod=False)
    order, owner = make.order(GOODS, courier="safe"), make.owner()
    owner.language = "ru"
    owner.save()
    client = Client()
    client.force_login(owner)
    with translation.override("en"):  # a request leaves its language behind
        page = client.get(f"/orders/{order.pk}").content.decode()
        answer = client.get(f"/api/v1/orders/{order.pk}").json()

    said = "Служба доставки не может это везти: она не принимает оплату при получении."
    assert said in page
    assert [hold["note"] for hold in answer["holds"]] == [said]


def test_hold_that_was_written_before_codes_ends_with_its_cause():
    """Its text was kept; another courier takes it, so it is closed all the same."""
    make.product("A", 20)
    make.courier("safe", takes_cod=False)
    make.courier("all")
    order = make.order(GOODS, courier="safe")
    Hold.objects.update(code="", detail={}, note="the courier cannot carry it: it takes no money at the door")
    order.refresh_from_db()
    changes.edit(order.number, changes.Edit({"courier_id": "all"}), version=order.version, by=make.BY, at=make.AT)

    assert not Hold.objects.filter(reason=HoldReason.OTHER, closed_at=None).exists()
