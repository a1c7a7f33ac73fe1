"""Finding places. A place that goods may need is made when it is first named."""

from django.utils.translation import gettext_lazy as _

from orders.models import Location, Place
from shopdesk.base.errors import DomainError

MAIN = "MAIN"


class UnknownBin(DomainError):
    """A bin was named that this location does not have."""

    sentence = _("There is no bin %(bin)s in %(location)s.")


def bin_at(location_id: str, code: str = MAIN) -> Place:
    """Give a bin of the location. Raises UnknownBin; `MAIN` is there from the first."""
    if code == MAIN:
        return _place(Place.Kind.BIN, location_id, MAIN)
    found = Place.objects.filter(kind=Place.Kind.BIN, location_id=location_id, code=code).first()
    if found is None:
        raise UnknownBin(detail={"bin": code, "location": location_id})
    return found


def inside(kind: Place.Kind, location_id: str) -> Place:
    """Give a location's packing table, counter, transit, returns or quarantine."""
    return _place(kind, location_id, "")


def courier_place(courier_id: str) -> Place:
    """Give the place of goods that a courier has in hand."""
    return _place(Place.Kind.COURIER, None, courier_id)


def outside(kind: Place.Kind) -> Place:
    """Give supplier, customer, scrap, lost or correction."""
    return _place(kind, None, "")


def main_location() -> Location:
    """Give the location that serves orders while the shop has named no other."""
    return (
        Location.objects.order_by("code").first()
        or Location.objects.get_or_create(code=MAIN, defaults={"name": "Main"})[0]
    )


def _place(kind: Place.Kind, location_id: str | None, code: str) -> Place:
    return Place.objects.get_or_create(kind=kind, location_id=location_id, code=code)[0]
