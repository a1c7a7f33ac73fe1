"""By whose clock a customer is rung: the address's region, else a phone that tells it, else the shop."""

import pytest

from orders import changes
from orders.changes import Edit
from orders.intake import Address
from tests import make

pytestmark = pytest.mark.django_db
MOBILE, VLADIVOSTOK = "+79161234567", "+74232223344"


@pytest.mark.parametrize(
    ("address", "phone", "code", "zone"),
    [
        (Address(region="Приморский край"), MOBILE, "RU-PRI", "Asia/Vladivostok"),
        (Address(region="респ. Татарстан"), VLADIVOSTOK, "RU-TA", "Europe/Moscow"),
        (Address(text="664000, Иркутская обл, Иркутск, Ленина, 1"), MOBILE, "RU-IRK", "Asia/Irkutsk"),
        (Address(city="Москва"), VLADIVOSTOK, "RU-MOW", "Europe/Moscow"),
        (Address(region="Нарния"), VLADIVOSTOK, "", "Asia/Vladivostok"),
        (Address(region="Нарния"), MOBILE, "", ""),
        (Address(country="BG", region="София", text="София, бул. Витоша 1"), "+35921234567", "", "Europe/Sofia"),
        (Address(country="US", region="CA", city="Beverly Hills"), "", "", ""),
    ],
)
def test_zone_is_the_regions_else_the_phones_else_the_shops(address, phone, code, zone):
    order = make.order(address=address, phone=phone)

    assert (order.address_region_code, order.zone) == (code, zone)
    assert order.address_region == address.region, "what was written stays"


def test_zone_follows_the_address_when_it_is_changed():
    order = make.order(address=Address(region="Москва"))

    changed = changes.edit(
        order.pk, Edit({"address_region": "Камчатский край"}), version=order.version, by=make.BY, at=make.AT
    )

    changed.refresh_from_db()
    assert (changed.address_region_code, changed.zone) == ("RU-KAM", "Asia/Kamchatka")


def test_hold_for_an_address_goes_when_there_is_one():
    order = make.order(delivery_method="courier")
    assert order.holds.filter(closed_at=None, reason="bad_address").exists()

    changes.edit(order.pk, Edit({"comment": "door 3"}), version=order.version, by=make.BY, at=make.AT)
    assert order.holds.filter(closed_at=None, reason="bad_address").exists(), "that was no address"
    order.refresh_from_db()
    wanted = Edit({"address_text": "Тверская, 1", "address_city": "Москва"})
    changes.edit(order.pk, wanted, version=order.version, by=make.BY, at=make.AT)

    assert not order.holds.filter(closed_at=None, reason="bad_address").exists()
