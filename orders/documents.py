"""The papers of orders as PDF: pick lists, packing slips for the customer, labels for the courier.

Their language is the shop's. Whoever prints is noted with what and how many. No sum stands on a slip: the packer sees
it too; what the courier takes at the door stands on the label.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from orders import counts, packing
from orders.models import Order, Parcel, Shop, StockCount
from shopdesk.base import papers, wording
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.papers import breakable

MOST_ORDERS = 100  # about four seconds of drawing; whoever wants more prints twice
# Labels: width, height and margin in mm. A barcode is at least 52 mm wide, so the narrowest roll is 58 mm.
SIZES: Final[Mapping[str, Sequence[int]]] = {"a6": (105, 148, 6), "100x150": (100, 150, 4), "58x100": (58, 100, 3)}
Sheets = list[dict[str, Any]]


class NothingToPrint(DomainError):
    """Labels and slips are printed of sealed parcels."""

    sentence = gettext_lazy("Order %(number)s has no sealed parcel.")
    next_step = gettext_lazy("Seal it first.")


class TooManyPapers(DomainError):
    """More orders were chosen than are drawn in one go."""

    sentence = gettext_lazy("These are %(chosen)s orders; one print holds %(most)s.")
    next_step = gettext_lazy("Choose fewer and print again.")


def print_papers(numbers: Sequence[int], what: str, *, size: str = "a6", by: Actor, at: datetime) -> bytes:
    """Draw one kind of paper (`PAPERS`) for orders, one behind the other, and note the prints. Gives the PDF.

    Raises Missing, NothingToPrint, TooManyPapers. Printing again prints again, and is noted again.
    """
    wanted = list(dict.fromkeys(numbers))
    if len(wanted) > MOST_ORDERS:
        raise TooManyPapers(detail={"chosen": len(wanted), "most": MOST_ORDERS})
    found = Order.objects.select_related("courier").in_bulk(wanted)
    if len(found) < len(wanted) or not wanted:
        raise Missing
    pdf, copies = draw_papers([found[number] for number in wanted], what, size=size, at=at)
    packing.note_printed(copies, what, by=by, at=at)
    return pdf


def draw_papers(orders: Sequence[Order], what: str, *, size: str, at: datetime) -> tuple[bytes, dict[int, int]]:
    """Draw one kind of paper for orders and note nothing. Gives the PDF, and the sheets each order got."""
    shop = Shop.current()
    with translation.override(shop.language):
        sheets = PAPERS[what](orders, shop, at)
        paper = {"language": shop.language[:2], "title": _title(orders), "sheets": sheets, "size": SIZES[size]}
        return papers.draw(what, paper, at=at), _copies(sheets)


def pick_lists(orders: Sequence[Order], shop: Shop, at: datetime) -> Sheets:
    """What to take from which bin, in the order of the bins; a box to tick for each step."""
    today = at.astimezone(ZoneInfo(shop.zone)).date()
    return [
        {
            "order": layout.order.number,
            "title": _("Pick list, order № %(number)s") % {"number": layout.order.number},
            "barcode": papers.bars(f"O-{layout.order.number}"),
            "facts": _facts_of_pick_list(layout, today, shop, at),
            "heads": [_("Bin"), _("Item"), _("SKU"), _("Pieces"), "✓"],
            "lines": [_pick(step) for step in layout.steps if step.left],
            "total": _pieces(layout.left),
            "page": _page_words(layout.order.number),
        }
        for layout in packing.lay_out_many(orders)
    ]


def slips(orders: Sequence[Order], shop: Shop, at: datetime) -> Sheets:
    """What lies in the parcels, for whoever opens them. Raises NothingToPrint."""
    boxes = _sealed(orders)
    return [_slip(order, boxes[order.number], shop, at) for order in orders]


def labels(orders: Sequence[Order], shop: Shop, at: datetime) -> Sheets:
    """A label for each sealed parcel: to whom, by whom, what to take at the door. Raises NothingToPrint."""
    boxes = _sealed(orders)
    return [
        _label(order, parcel, (place, len(boxes[order.number])), shop, at)
        for order in orders
        for place, parcel in enumerate(boxes[order.number], start=1)
    ]


PAPERS: Final[Mapping[str, Callable[[Sequence[Order], Shop, datetime], Sheets]]] = {
    "picklist": pick_lists,
    "slip": slips,
    "label": labels,
}


def print_count_sheet(count_id: int, *, by: Actor, at: datetime) -> bytes:
    """Draw what is left of a count to be counted by hand, bin by bin. Gives the PDF. Raises Missing, CountEnded."""
    count, lines = counts.print_sheet(count_id, by=by, at=at)
    shop = Shop.current()
    with translation.override(shop.language):
        sheet = _count_sheet(count, lines, shop, at)
        paper = {"language": shop.language[:2], "title": sheet["title"], "sheets": [sheet]}
        return papers.draw("countsheet", paper, at=at)


def _count_sheet(count: StockCount, lines: Sequence[counts.SheetLine], shop: Shop, at: datetime) -> dict[str, Any]:
    today = at.astimezone(ZoneInfo(shop.zone)).date()
    printed = f"{wording.short_day(today, today=today)}, {wording.clock(at, shop.zone)}"
    title = _("Count %(number)d") % {"number": count.pk}
    return {
        "title": title, "barcode": papers.bars(f"C-{count.pk}"),
        "facts": [[_("Location"), count.location_id], [_("Printed"), printed], [_("Counted by"), "_" * 20]],
        "heads": [_("Bin"), _("Item"), _("SKU"), _("Barcode"), _("Pieces"), _("Hour")],
        "lines": [
            [*(breakable(text) for text in (one.bin, one.name, one.sku, one.barcode)), "", ""] for one in lines
        ],
        "note": _("Write the hour beside each line: what moves near it is asked about when the sheet is typed in."),
        "page": title + ", {page} / {pages}",
    }  # fmt: skip


def _title(orders: Sequence[Order]) -> str:
    return ", ".join(f"№ {order.number}" for order in orders[:5])


def _copies(sheets: Sheets) -> dict[int, int]:
    """How many sheets each order got."""
    copies: dict[int, int] = {}
    for sheet in sheets:
        copies[sheet["order"]] = copies.get(sheet["order"], 0) + 1
    return copies


def _page_words(number: int) -> str:
    return _("Order № %(number)s, page {page} of {pages}") % {"number": number}


def _pieces(pieces: int) -> str:
    return ngettext("%(pieces)s piece", "%(pieces)s pieces", pieces) % {"pieces": wording.number(pieces)}


def _facts_of_pick_list(layout: packing.Layout, today: date, shop: Shop, at: datetime) -> list[list[str]]:
    order = layout.order
    facts = [[_("Ship date"), wording.short_day(order.ship_on, today=today) if order.ship_on else "–"]]
    if order.courier:
        cutoff = {"courier": breakable(order.courier.name), "hour": f"{order.courier.cutoff:%H:%M}"}
        facts.append([_("Courier"), _("%(courier)s, until %(hour)s") % cutoff])
    facts.append([_("To pick"), _pieces(layout.left)])
    return [*facts, [_("Printed"), f"{wording.short_day(today, today=today)}, {wording.clock(at, shop.zone)}"]]


def _pick(step: packing.Step) -> list[str]:
    bin_code = breakable(step.bin) if step.bin else _("not promised")
    return [bin_code, breakable(step.line.name), breakable(step.line.sku), wording.number(step.left)]


def _sealed(orders: Sequence[Order]) -> dict[int, list[Parcel]]:
    """The parcels of orders that are not opened again, in their order. Raises NothingToPrint for one without any."""
    boxes: dict[int, list[Parcel]] = {order.number: [] for order in orders}
    rows = Parcel.objects.filter(order__in=orders).exclude(state=Parcel.State.OPENED)
    for parcel in rows.order_by("order", "position").prefetch_related("items__line"):
        boxes[parcel.order_id].append(parcel)
    for number, parcels in boxes.items():
        if not parcels:
            raise NothingToPrint(detail={"number": number})
    return boxes


def _slip(order: Order, parcels: Sequence[Parcel], shop: Shop, at: datetime) -> dict[str, Any]:
    lines = _contents(parcels)
    today = at.astimezone(ZoneInfo(shop.zone)).date()
    placed = wording.short_day(order.placed_at.astimezone(ZoneInfo(shop.zone)).date(), today=today)
    facts = [
        [pgettext("addressee", "For"), breakable(order.contact_name) or "–"],
        [_("Ordered"), placed],
        [_("Delivery"), _way(order)],
    ]
    if len(parcels) > 1:
        facts.append([_("Parcels"), ", ".join(parcel.number for parcel in parcels)])
    return {
        "order": order.number,
        "shop": breakable(shop.name),
        "title": _("Packing slip, order № %(number)s") % {"number": order.number},
        "barcode": papers.bars(f"O-{order.number}"),
        "facts": facts,
        "heads": ["№", _("Item"), _("SKU"), _("Parcel"), _("Pieces")],
        "lines": lines,
        "total": _pieces(sum(item.quantity for parcel in parcels for item in parcel.items.all())),
        "thanks": _("Something is missing or wrong? Tell us the order number, we shall put it right."),
        "page": _page_words(order.number),
    }


def _contents(parcels: Sequence[Parcel]) -> list[list[str]]:
    """What lies in which parcel, by line and parcel."""
    items = [(item, place) for place, parcel in enumerate(parcels, start=1) for item in parcel.items.all()]
    return [
        [breakable(item.line.name), breakable(item.line.sku), str(place), wording.number(item.quantity)]
        for item, place in sorted(items, key=lambda found: (found[0].line.position, found[1]))
    ]


def _label(order: Order, parcel: Parcel, place: tuple[int, int], shop: Shop, at: datetime) -> dict[str, Any]:
    due = wording.money(parcel.cod_minor, order.currency)
    return {
        "order": order.number,
        "shop": breakable(shop.name),
        "place": _("Place %(place)s of %(places)s") % {"place": place[0], "places": place[1]},
        "barcode": papers.bars(parcel.number),
        "to": pgettext("addressee", "To"),
        "name": breakable(order.contact_name) or "–",
        "phone": wording.phone(order.contact_phone) if order.contact_phone else order.contact_phone_raw,
        "address": [breakable(line) for line in _address(order)],
        "notes": breakable(" ".join(order.address_notes.split())),
        "way": _way(order),
        "when": _promise(order, shop, at),
        "due": [_due_words(order), due] if parcel.cod_minor else [_("Nothing to take at the door"), ""],
        "weight": wording.kilograms(parcel.weight_g),
        "number": _("Order № %(number)s") % {"number": order.number},
    }


def _due_words(order: Order) -> str:
    by_card = order.payment_method == Order.PaidBy.CARD_ON_DELIVERY
    return _("To take at the door, by card") if by_card else _("To take at the door, in cash")


def _address(order: Order) -> list[str]:
    """The address in lines; the customer's own text where its parts are not known."""
    if not (order.address_street or order.address_city):
        return [line for line in order.address_text.splitlines() if line.strip()]
    flat = _("flat %(flat)s") % {"flat": order.address_flat} if order.address_flat else ""
    flat = flat.replace(" ", wording.NBSP)
    street = ", ".join(part for part in (order.address_street, order.address_house, flat) if part)
    # A street is sometimes known only from the whole text.
    lines = [street or order.address_text, " ".join([order.address_postcode, order.address_city]).strip()]
    return [line for line in [*lines, order.address_country] if line]


def _way(order: Order) -> str:
    method = capfirst(str(Order.Delivery(order.delivery_method).label)) if order.delivery_method else ""
    courier = order.courier.name if order.courier else ""
    return breakable(" · ".join(part for part in (method, courier) if part)) or "–"


def _promise(order: Order, shop: Shop, at: datetime) -> str:
    if not order.promised_on:
        return ""
    on = wording.short_day(order.promised_on, today=at.astimezone(ZoneInfo(shop.zone)).date())
    return f"{on}, {order.slot}" if order.slot else on
