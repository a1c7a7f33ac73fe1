"""What a key is for: areas of the JSON API, each to read or to read and write. A key without scopes may do all that its
owner may; a key with scopes never more than that (the matrix of rights is asked first).
"""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

READ, WRITE = "read", "write"
# Area -> beginnings of the route names below `api:`; the longest that fits decides.
AREAS: dict[str, tuple[str, ...]] = {
    "orders": ("order", "changes", "label", "channel", "v5-"),
    "calls": ("call", "phone", "message", "v5-call", "v5-phone"),
    "packing": (
        "packing", "packers", "cart", "waves", "order-picking", "order-scans", "order-put-back", "order-shortages",
        "order-parcels", "order-codes", "order-check", "v5-pack",
    ),
    "stock": ("stock", "product", "v5-inventories", "v5-prices", "v5-products", "v5-offers"),
    "money": (
        "credit", "order-payments", "remittance", "v5-payments-create", "v5-payment-edit", "v5-payment-delete",
    ),
    "delivery": ("act", "courier", "parcel", "return", "order-counter", "v5-tracking", "v5-shipment"),
    "reports": ("reports", "export"),
}  # fmt: skip
WORDS = {
    "orders": _("Orders and what changed"),
    "calls": _("Calls"),
    "packing": _("Packing"),
    "stock": _("Shelf and products"),
    "money": _("Payments and money back"),
    "delivery": _("Acts, parcels, returns"),
    "reports": _("Reports and exports"),
}
OPEN = ("openapi", "docs")  # the description of the API itself


class UnknownScope(DomainError):
    """No area of the API is called that."""

    sentence = _("There is no scope %(scope)s.")
    next_step = _("A scope is an area and read or write, such as orders:read.")


def check(scopes: Iterable[str]) -> list[str]:
    """Give the scopes, each once, in the order of the areas. Raises UnknownScope."""
    known = [f"{area}:{how}" for area in AREAS for how in (READ, WRITE)]
    asked = set(scopes)
    if unknown := sorted(asked - set(known)):
        raise UnknownScope(detail={"scope": unknown[0]})
    return [scope for scope in known if scope in asked]


def area_of(route: str) -> str:
    """Name the area of a route such as `api:order-scans`; empty for a route of none."""
    name = route.rpartition(":")[2]
    fitting = [(len(begins), area) for area, all_ in AREAS.items() for begins in all_ if name.startswith(begins)]
    return max(fitting)[1] if fitting else ""


def allow(scopes: list[str], route: str, method: str) -> bool:
    """Tell whether a key with these scopes may use a route. What belongs to no area is refused to it."""
    if not scopes or route.rpartition(":")[2] in OPEN:
        return True
    area = area_of(route)
    needed = {f"{area}:{WRITE}"} if method not in {"GET", "HEAD", "OPTIONS"} else {f"{area}:{READ}", f"{area}:{WRITE}"}
    return bool(area) and not needed.isdisjoint(scopes)
