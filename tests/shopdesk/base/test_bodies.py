"""Serializers that are kept read each body as one that was made for it, and keep nothing of it."""

import pytest
from rest_framework.exceptions import ValidationError

from orders.api.reading import OrderBody
from shopdesk.base.access import Kind, Subject
from shopdesk.base.strict import bodies, read_body
from tests import make

SHOP = Subject(Kind.STOREFRONT, code="shop", at=make.AT)
ITEM = {"sku": "A", "quantity": 1, "price": "1290.00"}


def body(**more):
    return {"external_id": "1", "currency": "RUB", "items": [ITEM], "source": {"utm": "x"}} | more


def test_each_body_is_read_for_itself():
    """An amount is read by the currency beside it, an order by who sends it: both are another's the next time."""
    first = read_body(OrderBody, body(), subject=SHOP)
    with pytest.raises(ValidationError) as refused:
        read_body(OrderBody, body(currency="JPY", external_id="2", colour="red"), subject=SHOP)
    second = read_body(OrderBody, body(external_id="3", source={}), subject=SHOP)

    assert set(refused.value.detail) == {"items", "colour"}
    assert (first["external_id"], first["source"]) == ("1", {"utm": "x"})
    assert (second["external_id"], second["source"]) == ("3", {})
    one = OrderBody(data=body(external_id="3", source={}), context={"subject": SHOP})
    assert one.is_valid()
    assert second == one.validated_data


def test_nothing_of_a_body_stays_behind():
    read_body(OrderBody, body(), subject=SHOP)

    kept = bodies.KEPT.by_class[OrderBody]
    inside = [kept, kept.fields["customer"], kept.fields["items"].child]
    assert (kept.initial_data, kept._context, [one.body for one in inside]) == (None, {}, [{}, {}, {}])
    assert not {"_validated_data", "_errors"} & kept.__dict__.keys()
