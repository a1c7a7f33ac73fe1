"""What the JSON doors take: the shapes of an order and of a change to it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from orders.changes import Edit, LineEdit
from orders.intake import Address, NewLine, NewOrder
from orders.models import Channel, Order
from shopdesk.base.access import Kind
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.money import to_minor
from shopdesk.base.strict import (
    ChoiceField,
    CodeField,
    CurrencyField,
    DayField,
    IdentifierField,
    InstantField,
    MoneyField,
    NameField,
    PhoneTextField,
    QuantityField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    read_body,
)

EDIT_DELIVERY = {"method": "delivery_method", "date": "promised_on", "slot": "slot", "courier": "courier_id"}
EDIT_CUSTOMER = {"name": "contact_name", "phone": "contact_phone_raw", "email": "contact_email"}
DOOR_LINES = 500  # the desk takes 5,000; files and channels bring those


class CustomerBody(StrictSerializer):
    name = NameField(max_length=300, required=False, allow_blank=True, default="")
    phone = PhoneTextField(required=False, allow_blank=True, default="")
    email = NameField(max_length=254, required=False, allow_blank=True, default="")


class AddressBody(StrictSerializer):
    text = TextField(max_length=1_000, required=False, allow_blank=True, default="")
    country = CodeField(max_length=2, required=False, allow_blank=True, default="")
    region = NameField(max_length=100, required=False, allow_blank=True, default="")
    postcode = NameField(max_length=20, required=False, allow_blank=True, default="")
    city = NameField(max_length=150, required=False, allow_blank=True, default="")
    street = NameField(max_length=200, required=False, allow_blank=True, default="")
    house = NameField(max_length=40, required=False, allow_blank=True, default="")
    flat = NameField(max_length=40, required=False, allow_blank=True, default="")
    notes = TextField(max_length=1_000, required=False, allow_blank=True, default="")


class DeliveryBody(StrictSerializer):
    method = ChoiceField(Order.Delivery.values, required=False, allow_blank=True, default="")
    courier = CodeField(max_length=32, required=False, allow_blank=True, default="")
    date = DayField(required=False, allow_null=True, default=None)
    slot = NameField(max_length=20, required=False, allow_blank=True, default="")
    price = MoneyField(required=False, default=None)
    address = AddressBody(required=False, default=dict)


class PaymentBody(StrictSerializer):
    method = ChoiceField(Order.PaidBy.values, required=False, default=Order.PaidBy.COD)
    paid = MoneyField(required=False, default=None)


class ItemBody(StrictSerializer):
    sku = IdentifierField(required=False, allow_blank=True, default="")
    name = NameField(max_length=500, required=False, allow_blank=True, default="")
    quantity = QuantityField()
    price = MoneyField()
    discount = MoneyField(required=False, default=None)
    total = MoneyField(required=False, default=None)
    tax = MoneyField(required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A line names what it sells, by SKU or in words."""
        if not attrs["sku"] and not attrs["name"]:
            raise serializers.ValidationError({"sku": [_required(_("A line needs a SKU or a name."))]})
        return attrs


class OrderBody(StrictSerializer):
    external_id = IdentifierField(required=False, allow_blank=True, default="")
    channel = CodeField(max_length=32, required=False, allow_blank=True, default="")
    placed_at = InstantField(required=False, allow_null=True, default=None)
    currency = CurrencyField()
    customer = CustomerBody(required=False, default=dict)
    delivery = DeliveryBody(required=False, default=dict)
    payment = PaymentBody(required=False, default=dict)
    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ItemBody(), allow_empty=False, max_length=DOOR_LINES
    )
    discount = MoneyField(required=False, default=None)
    fees = MoneyField(required=False, default=None)
    total = MoneyField(required=False, default=None)
    comment = TextField(required=False, allow_blank=True, default="")
    source = serializers.DictField(  # type: ignore[assignment]  # a field's own `source` is another thing
        child=NameField(max_length=300, allow_blank=True), required=False, default=dict
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Machines name their order, people its channel."""
        subject = self.context["subject"]
        errors = {}
        if subject.kind is Kind.STOREFRONT and not attrs["external_id"]:
            errors["external_id"] = [_required(_("A storefront names its order."))]
        if subject.kind is not Kind.STOREFRONT and not attrs["channel"]:
            errors["channel"] = [_required(_("Name the channel that the order came by."))]
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


class EditItemBody(StrictSerializer):
    id = WholeNumberField(required=False, max_value=2**63 - 1)
    sku = IdentifierField(required=False, allow_blank=True, default="")
    name = NameField(max_length=500, required=False, allow_blank=True, default="")
    quantity = QuantityField(min_value=0)
    price = MoneyField(required=False, default=None)
    discount = MoneyField(required=False, default=None)
    instead_of = IdentifierField(required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An existing line by its id, or a new one by its SKU."""
        if "id" not in attrs and (not attrs["sku"] or not attrs["quantity"]):
            raise serializers.ValidationError({"sku": [_required(_("Give a line's id, or a SKU and a quantity."))]})
        return attrs


class EditDeliveryBody(StrictSerializer):
    method = ChoiceField(Order.Delivery.values, required=False)
    courier = CodeField(max_length=32, required=False, allow_blank=True)
    date = DayField(required=False, allow_null=True)
    slot = NameField(max_length=20, required=False, allow_blank=True)
    price = MoneyField(required=False)
    address = serializers.DictField(child=TextField(max_length=1_000, allow_blank=True), required=False)

    def validate_address(self, value: dict[str, str]) -> dict[str, str]:
        """The parts of an address that are sent are changed, the others stay."""
        body = AddressBody(data=value)
        body.is_valid(raise_exception=True)
        return {name: body.validated_data[name] for name in value}


class EditBody(StrictSerializer):
    version = WholeNumberField(min_value=1)
    customer = serializers.DictField(child=TextField(max_length=300, allow_blank=True), required=False)
    delivery = EditDeliveryBody(required=False)
    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=EditItemBody(), required=False, allow_empty=False, max_length=DOOR_LINES
    )
    discount = MoneyField(required=False)
    comment = TextField(required=False, allow_blank=True)

    def validate_customer(self, value: dict[str, str]) -> dict[str, str]:
        """The parts that are sent are changed, the others stay."""
        body = CustomerBody(data=value)
        body.is_valid(raise_exception=True)
        return {name: body.validated_data[name] for name in value}


def new_order(body: Mapping[str, Any], channel: Channel, *, at: datetime) -> NewOrder:
    """Make what intake takes of a valid body. Raises Malformed where the channel needs somebody to talk to."""
    currency = body["currency"]
    customer, delivery = _filled(CustomerBody, body["customer"]), _filled(DeliveryBody, body["delivery"])
    payment, address = _filled(PaymentBody, body["payment"]), _filled(AddressBody, delivery["address"])
    if channel.contact == Channel.Contact.REQUIRED and not (customer["name"] or customer["phone"]):
        raise Malformed([FieldError("/customer", "required", _("An order needs a name or a phone."))])
    return NewOrder(
        channel=channel,
        external_id=body["external_id"],
        body_hash=said(body),
        placed_at=body["placed_at"] or at,
        currency=currency,
        name=customer["name"],
        phone=customer["phone"],
        email=customer["email"],
        address=Address(**address),
        delivery_method=delivery["method"],
        courier=delivery["courier"],
        promised_on=delivery["date"],
        slot=delivery["slot"],
        delivery_minor=_minor(delivery["price"], currency, "/delivery/price"),
        # A shop says what it charged; what people type in and say no price of is priced by the courier's tariff.
        delivery_by_tariff=delivery["price"] is None and channel.kind == Channel.Kind.MANUAL,
        payment_method=payment["method"],
        paid_minor=_minor(payment["paid"], currency, "/payment/paid"),
        lines=[_line(item, currency, f"/items/{index}") for index, item in enumerate(body["items"])],
        discount_minor=_minor(body["discount"], currency, "/discount"),
        fees_minor=_minor(body["fees"], currency, "/fees"),
        stated_total_minor=None if body["total"] is None else _minor(body["total"], currency, "/total"),
        comment=body["comment"],
        source=body["source"],
    )


def new_edit(body: Mapping[str, Any], order: Order) -> Edit:
    """Make what `changes.edit` takes of a valid body."""
    delivery, customer = body.get("delivery", {}), body.get("customer", {})
    fields: dict[str, Any] = {f"address_{name}": value for name, value in delivery.get("address", {}).items()}
    fields |= {EDIT_DELIVERY[name]: delivery[name] for name in EDIT_DELIVERY.keys() & delivery.keys()}
    fields |= {EDIT_CUSTOMER[name]: customer[name] for name in EDIT_CUSTOMER.keys() & customer.keys()}
    fields |= {name: body[name] for name in {"comment"} & body.keys()}
    if "courier_id" in fields:
        fields["courier_id"] = fields["courier_id"] or None
    for amount, column, pointer in (
        (delivery.get("price"), "delivery_minor", "/delivery/price"),
        (body.get("discount"), "discount_minor", "/discount"),
    ):
        if amount is not None:
            fields[column] = _minor(amount, order.currency, pointer)
    return Edit(fields, [_edit_line(item, order.currency, i) for i, item in enumerate(body.get("items", []))])


def said(body: Mapping[str, Any]) -> str:
    """Give the hash of what a body says, however its JSON was written."""
    plain = json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _line(item: Mapping[str, Any], currency: str, pointer: str) -> NewLine:
    price = _minor(item["price"], currency, f"{pointer}/price")
    discount = _minor(item["discount"], currency, f"{pointer}/discount")
    total = price * item["quantity"] - discount
    if item["total"] is not None:
        total = _minor(item["total"], currency, f"{pointer}/total")
    if total < 0:
        raise Malformed([FieldError(f"{pointer}/discount", "max_value", _("More than the line comes to."))])
    return NewLine(
        sku=item["sku"], name=item["name"], quantity=item["quantity"], price_minor=price, discount_minor=discount,
        total_minor=total, tax_minor=_minor(item["tax"], currency, f"{pointer}/tax"),
    )  # fmt: skip


def _edit_line(item: Mapping[str, Any], currency: str, index: int) -> LineEdit:
    price, discount = item["price"], item["discount"]
    return LineEdit(
        id=item.get("id"), sku=item["sku"], name=item["name"], quantity=item["quantity"],
        price_minor=None if price is None else _minor(price, currency, f"/items/{index}/price"),
        discount_minor=None if discount is None else _minor(discount, currency, f"/items/{index}/discount"),
        instead_of=item["instead_of"],
    )  # fmt: skip


def _minor(amount: Any, currency: str, pointer: str) -> int:
    return 0 if amount is None else to_minor(amount, currency, pointer=pointer)


def _filled(body: type[StrictSerializer], values: Mapping[str, Any]) -> dict[str, Any]:
    """Give a nested object; one that was left out with its defaults."""
    if values:
        return dict(values)
    return dict(read_body(body, {}))


def _required(sentence: Any) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(str(sentence), "required")
