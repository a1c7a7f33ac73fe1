"""Columns of an order as people name them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy


def tell_columns(names: Sequence[str]) -> str:
    """Name columns of an order as people do: address, day, discount."""
    return ", ".join(dict.fromkeys(str(COLUMNS.get(name, name)) for name in names))


COLUMNS: dict[str, Any] = {
    "status": gettext_lazy("status"),
    "items": gettext_lazy("lines"),
    "contact_name": gettext_lazy("name"),
    "contact_phone_raw": gettext_lazy("phone"),
    "contact_email": gettext_lazy("e-mail"),
    "address_text": gettext_lazy("street, house, flat"),
    "address_country": gettext_lazy("country"),
    "address_region": gettext_lazy("region"),
    "address_postcode": gettext_lazy("postcode"),
    "address_city": gettext_lazy("city"),
    "address_street": gettext_lazy("street"),
    "address_house": gettext_lazy("house"),
    "address_flat": gettext_lazy("flat"),
    "address_notes": gettext_lazy("note for the courier"),
    "comment": gettext_lazy("comment"),
    "delivery_method": gettext_lazy("delivery"),
    "courier_id": gettext_lazy("courier"),
    "promised_on": gettext_lazy("day"),
    "slot": gettext_lazy("hours"),
    "delivery_minor": gettext_lazy("delivery price"),
    "fees_minor": gettext_lazy("fees"),
    "discount_minor": gettext_lazy("discount"),
}
