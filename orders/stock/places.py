"""Finding places. A place that goods may need is made when it is first named."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from orders.models import Location, Place
from shopdesk.base.errors import DomainError

MAIN = "MAIN"


class UnknownBin(DomainError):
    """A bin was named that this location does not have."""

    sentence = _("There is no bin %(bin)s in %(location)s.")
    next_step = _("Make the bin first, or correct its code.")


class UnknownLocation(DomainError):
    """There is no such warehouse."""

    sentence = _("There is no location %(location)s.")


def location_named(code: str) -> Location:
    """Give a location by its code, the shop's main one for an empty code. Raises UnknownLocation."""
    if not code:
        return main_location()
    location = Location.objects.filter(pk=code).first()
    if location is None:
        raise UnknownLocation(detail={"location": code})
    return location


def bin_at(location_id: str, code: str = MAIN) -> Place:
    """Give a bin of the location. Raises UnknownBin; `MAIN` is there from the first."""
    return bins_at(location_id, [code])[code]


def bins_at(location_id: str, codes: Iterable[str]) -> dict[str, Place]:
    """Give bins of the location by code. Raises UnknownBin with all that are not there."""
    wanted = set(codes)
    rows = Place.objects.filter(kind=Place.Kind.BIN, location_id=location_id, code__in=wanted)
    found = {row.code: row for row in rows}
    if MAIN in wanted and MAIN not in found:
        found[MAIN] = _place(Place.Kind.BIN, location_id, MAIN)
    if unknown := sorted(wanted - set(found)):
        raise UnknownBin(detail={"bin": ", ".join(unknown), "location": location_id})
    return found


def walk_key(code: str) -> list[tuple[int, str]]:
    """Sort bins as they stand along the walk: B-2 before B-10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", code) if part]


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
        Location.objects.order_by("position", "code").first()
        or Location.objects.get_or_create(code=MAIN, defaults={"name": "Main"})[0]
    )


def _place(kind: Place.Kind, location_id: str | None, code: str) -> Place:
    return Place.objects.get_or_create(kind=kind, location_id=location_id, code=code)[0]
