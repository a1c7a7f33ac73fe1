"""Connecting, and the reference books: what a module asks before it sends its first order."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from orders.models import Channel, Courier, Location, StatusLabel
from shopdesk.base.access import Kind
from shopdesk.base.envelope import answered
from shopdesk.base.errors import Missing
from shopdesk.retailcrm import reading, words
from shopdesk.retailcrm.door import Door, Visit, told

VERSIONS = ("3.0", "4.0", "5.0")
READ_SCOPES = (
    "order_read", "order_write", "customer_read", "customer_write", "store_read", "reference_read", "reference_write",
    "analytics_write", "telephony_read", "telephony_write", "delivery_read", "payments_read", "payments_write",
    "integration_read", "integration_write",
)  # fmt: skip
STAFF_SCOPES = ("store_write", "delivery_write", "user_read", "task_read", "cost_read")
CALLS = (
    "/api/orders", "/api/orders/create", "/api/orders/upload", "/api/orders/{externalId}",
    "/api/orders/{externalId}/edit", "/api/orders/history", "/api/orders/statuses", "/api/orders/fix-external-ids",
    "/api/orders/payments/create", "/api/orders/payments/{id}/edit", "/api/orders/payments/{id}/delete",
    "/api/orders/packs", "/api/orders/packs/create", "/api/orders/packs/{id}", "/api/orders/packs/{id}/edit",
    "/api/orders/packs/{id}/delete", "/api/orders/packs/history", "/api/customers", "/api/customers/create",
    "/api/customers/upload", "/api/customers/{externalId}", "/api/customers/{externalId}/edit",
    "/api/customers/history", "/api/customers/fix-external-ids", "/api/store/inventories",
    "/api/store/inventories/upload", "/api/store/prices/upload", "/api/store/products", "/api/store/offers",
    "/api/telephony/call/event", "/api/telephony/calls/upload", "/api/telephony/manager", "/api/delivery/shipments",
    "/api/delivery/shipments/create", "/api/delivery/shipments/{id}", "/api/delivery/generic/{code}/tracking",
    "/api/reference/sites", "/api/reference/statuses", "/api/reference/status-groups",
    "/api/reference/delivery-types", "/api/reference/payment-types", "/api/reference/order-methods",
    "/api/reference/stores", "/api/integration-modules/{code}/edit", "/api/users", "/api/tasks", "/api/costs",
)  # fmt: skip


class Versions(Door):
    """Which versions are spoken."""

    def get(self, request: Request) -> HttpResponse:
        """List them; only 5.0 is answered, the others are what clients look for beside it."""
        return answered({"versions": VERSIONS})


class Credentials(Door):
    """What the asking key may."""

    def get(self, request: Request) -> HttpResponse:
        """List calls, scopes and sites. A storefront's key has one site."""
        visit = self.visit(request)
        staff = visit.subject.kind is not Kind.STOREFRONT
        sites = list(visit.sites.order_by("pk").values_list("pk", flat=True))
        scopes = sorted({*READ_SCOPES, *(STAFF_SCOPES if staff else ())})
        access = {"siteAccess": "access_selective", "sitesAvailable": sites}
        return answered({"credentials": CALLS, "scopes": scopes} | access)


class SystemInfo(Door):
    """What answers here."""

    def get(self, request: Request) -> HttpResponse:
        """Name the desk's address. No version: it would tell a stranger with a key what to try."""
        return answered(
            {"systemVersion": "8.0.0", "publicUrl": settings.PUBLIC_URL, "technicalUrl": settings.PUBLIC_URL}
        )


class Sites(Door):
    """The shops behind this desk that the key belongs to."""

    def get(self, request: Request) -> HttpResponse:
        """Give them keyed by code."""
        visit = self.visit(request)
        return answered({"sites": {site.pk: _site(site) for site in visit.sites.order_by("pk")}})


class SiteEdit(Door):
    """A site as its module would have it."""

    def post(self, request: Request, code: str) -> HttpResponse:
        """Say that it is well. Its name and currency are the owner's; where its catalogue lies is not kept here."""
        if not self.visit(request).sites.filter(pk=code).exists():
            raise Missing
        return answered({})


class Statuses(Door):
    """The statuses: the protocol's own codes and the shop's labels."""

    def get(self, request: Request) -> HttpResponse:
        """Give them keyed by code, with their groups."""
        found = words.all_statuses(_labels(self.visit(request)))
        shown = {
            one.code: {"name": str(one.name), "code": one.code, "active": True, "ordering": place * 10,
                       "group": one.group}
            for place, one in enumerate(found, start=1)
        }  # fmt: skip
        return answered({"statuses": shown})


class StatusGroups(Door):
    """The groups of statuses."""

    def get(self, request: Request) -> HttpResponse:
        """Give them keyed by code, each with its statuses."""
        found = words.all_statuses(_labels(self.visit(request)))
        groups = words.coded(words.GROUPS, process=True)
        for code, group in groups.items():
            group["statuses"] = [one.code for one in found if one.group == code]
        return answered({"statusGroups": groups})


class DeliveryTypes(Door):
    """The ways of delivery, and the couriers by their codes."""

    def get(self, request: Request) -> HttpResponse:
        """Give them keyed by code."""
        visit = self.visit(request)
        couriers = Courier.objects.for_subject(visit.subject).order_by("pk")
        types = words.delivery_types(couriers)
        shown = words.coded(
            {code: name for code, (name, _active) in types.items()}, paymentTypes=[*words.PAYMENT_TYPES]
        )
        for code, (_name, active) in types.items():
            shown[code] |= {"active": active, "defaultCost": 0, "defaultNetCost": 0, "deliveryServices": []}
        return answered({"deliveryTypes": shown})


class PaymentTypes(Door):
    """The ways of paying."""

    def get(self, request: Request) -> HttpResponse:
        """Give them keyed by code."""
        names = {code: name for code, (name, _paid_by) in words.PAYMENT_TYPES.items()}
        statuses = [*words.PAYMENT_STATUSES]
        return answered({"paymentTypes": words.coded(names, defaultForCrm=False, paymentStatuses=statuses)})


class PaymentStatuses(Door):
    """How far a payment can be."""

    def get(self, request: Request) -> HttpResponse:
        """Give them keyed by code."""
        shown = words.coded(words.PAYMENT_STATUSES, paymentTypes=[*words.PAYMENT_TYPES])
        for code, one in shown.items():
            one["paymentComplete"] = code == words.PAID
        return answered({"paymentStatuses": shown})


class Stores(Door):
    """The desk's locations."""

    def get(self, request: Request) -> HttpResponse:
        """List them."""
        # Where goods lie is no secret of a shop's: every key sees the codes, `for_subject` shows them to staff alone.
        codes = Location.objects.order_by("position", "pk")
        shown = [
            {"code": one.code, "name": one.name, "active": one.serves, "type": "store-type-warehouse",
             "inventoryType": "integer"}
            for one in codes
        ]  # fmt: skip
        return answered({"stores": shown})


class Book(Door):
    """A reference book that is the same for every shop, or that this desk keeps empty."""

    book = ""
    shown: Any = ()

    def get(self, request: Request) -> HttpResponse:
        """Give it whole."""
        shown = self.shown() if callable(self.shown) else self.shown
        return answered({self.book: shown})


class CustomFields(Door):
    """Fields that a shop would add to orders and customers: this desk has none."""

    def get(self, request: Request) -> HttpResponse:
        """Give an empty list."""
        limit, page = reading.paging(request._request.GET)
        return answered({"pagination": told(limit, page, 0), "customFields": []})


class Agreed(Door):
    """What a module tells about itself or asks to be counted; nothing here depends on it."""

    def post(self, request: Request, **named: str) -> HttpResponse:
        """Say that it is well."""
        return answered({"info": {}})


class Counted(Door):
    """The statistics that the original makes on request: here they are made when somebody looks."""

    def get(self, request: Request) -> HttpResponse:
        """Say that it is well."""
        return answered({})


def methods_book() -> dict[str, Any]:
    """Give how orders come."""
    return words.coded(words.ORDER_METHODS, defaultForCrm=False, defaultForApi=False)


def item_statuses_book() -> dict[str, Any]:
    """Give how far a line can be."""
    return words.coded(words.ITEM_STATUSES)


def order_types_book() -> dict[str, Any]:
    """Give the kinds of orders: one."""
    return words.coded({"eshop-individual": "eshop-individual"}, defaultForApi=True)


UNITS = {"pc": {"code": "pc", "name": "pcs", "sym": "pcs", "default": True, "active": True}}
PRICE_TYPES = [{"id": 1, "code": "base", "name": "base", "active": True, "default": True, "geo": [], "groups": []}]


def _labels(visit: Visit) -> list[StatusLabel]:
    return list(StatusLabel.objects.for_subject(visit.subject).filter(is_active=True))


def _site(site: Channel) -> dict[str, Any]:
    return {
        "code": site.pk, "name": site.name, "url": settings.PUBLIC_URL, "currency": site.currency,
        "countryIso": site.country, "ymlUrl": "", "loadFromYml": False, "defaultForCrm": False,
    }  # fmt: skip
