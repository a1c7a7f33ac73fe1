"""Products in a file: read, compared with the catalogue, added and changed. An empty cell changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders import catalogue, receiving
from orders.models import Location, Product, StockLevel
from shopdesk.base.access import Actor
from shopdesk.base.errors import Malformed, Refusal
from shopdesk.base.strict import clean_form_text, form_identifier
from shopdesk.base.tables import Row
from shopdesk.imports import cells
from shopdesk.imports.cells import BadCell
from shopdesk.imports.models import CatalogueId, ImportItem

Fate, Verdict = ImportItem.Fate, ImportItem.Verdict
Thing = dict[str, Any]  # one product of the file, as JSON can hold it

OPENING = "opening stock of "
# A storefront's own kinds. What is only a page of choices is not sold itself; what has no weight is no goods.
NOT_SOLD = ("variable", "grouped", "external")
WITHOUT_PLACE = ("service", "virtual", "downloadable", "услуг")
MOST_GRAMS = 2_000_000
SUMS = {"price": "price_minor", "cost": "cost_minor"}
COUNTS = ("weight_g", "min_stock", "safety_stock")


def understand(rows: Iterable[Row], columns: Mapping[str, str], currency: str) -> Iterator[Thing]:
    """Read the products of a table, in its order. What cannot be read is given too, with the reason in words."""
    for row in rows:
        said = {field: row.get(heading.casefold()) for field, heading in columns.items()}
        said["barcode"] = row.raw(columns.get("barcode", "").casefold()) if "barcode" in columns else ""
        kind = next((kind for kind in NOT_SOLD if kind in said.get("kind", "").casefold()), "")
        if kind:
            yield _thing(row.number, said.get("sku", "")) | {
                "skipped": True, "words": [_("%(kind)s: not sold itself") % {"kind": kind}],
            }  # fmt: skip
            continue
        yield _read(row.number, row.raw(columns["sku"].casefold()), said, columns, currency)


def judge(things: Sequence[Thing]) -> list[ImportItem.Verdict]:
    """Say of each product what would become of it, in some five queries a call."""
    _name_by_id(things)
    present = _cards([thing["key"] for thing in things])
    seen: set[str] = set()
    verdicts = []
    for thing in things:
        again = thing["key"] in seen
        seen.add(thing["key"])
        if thing.get("skipped"):
            verdicts.append(Verdict.LEFT)
        elif thing.get("bad"):
            verdicts.append(Verdict.BAD)
        else:
            verdicts.append(_compare(thing, None if again else present.get(thing["key"]), again=again))
    return verdicts


def take_in(pairs: Sequence[tuple[ImportItem, Thing]], *, by: Actor, at: datetime) -> None:
    """Add and change products, and write on each item what became of it. The same again changes nothing."""
    _name_by_id([thing for _item, thing in pairs])
    _add_fresh(pairs, by=by, at=at)
    for item, thing in pairs:
        try:
            fate = item.fate or put(thing, by=by, at=at)
            words = [stock_up(thing, by=by, at=at), twins(thing["key"])]
        except Malformed as refusal:
            fate, words = Fate.REFUSED, [str(error.detail) for error in refusal.errors]
        except Refusal as refusal:
            fate, words = Fate.REFUSED, [str(refusal)]
        item.fate, item.words = fate, [*item.words, *(word for word in words if word)]
        item.verdict = Verdict.BAD if fate == Fate.REFUSED else item.verdict
    _remember_ids([thing for item, thing in pairs if item.fate != Fate.REFUSED])


def put(thing: Thing, *, by: Actor, at: datetime) -> ImportItem.Fate:
    """Add the product or change what differs. Raises what the catalogue refuses."""
    sku, wanted = thing["key"], dict(thing["card"])
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        catalogue.add(catalogue.Card(sku=sku, **({"name": sku} | wanted)), by=by, at=at)
        return Fate.TAKEN
    before = catalogue.card_of(product)
    changed = catalogue.change(sku, wanted, by=by, at=at)
    return Fate.SAME if catalogue.card_of(changed) == before else Fate.CHANGED


def stock_up(thing: Thing, *, by: Actor, at: datetime) -> str:
    """Put the opening stock on the shelf of a product that never moved; of any other the file only has an opinion."""
    pieces, sku = thing.get("on_hand") or 0, thing["key"]
    if not pieces:
        return ""
    product = Product.objects.get(sku=sku)
    if not product.is_goods:
        return ""
    if not product.moves.exists():
        paper = receiving.NewReceipt([receiving.NewLine(sku, pieces)], reference=f"{OPENING}{sku}")
        receiving.receive(paper, by=by, at=at)
        return ""
    books = sum(StockLevel.objects.filter(product=product).values_list("on_hand", flat=True))
    if books == pieces:
        return ""
    told = {"books": books, "pieces": pieces}
    return _("the books have %(books)s pieces, the file says %(pieces)s: count them") % told


def twins(sku: str) -> str:
    """Point out SKUs that differ in letter case only."""
    alike = catalogue.look_alikes(sku)
    return _("easily taken for %(skus)s") % {"skus": ", ".join(alike)} if alike else ""


def _name_by_id(things: Sequence[Thing]) -> None:
    """Give goods that name no article the SKU that their id had in the file before."""
    nameless = {thing["id"]: thing for thing in things if thing.get("id") and not thing.get("article")}
    known = dict(CatalogueId.objects.filter(key__in=nameless).values_list("key", "sku"))
    for thing in things:
        if not thing.get("article") and (sku := known.get(thing.get("id", ""))):
            choice = thing["key"].partition("#")[2]
            thing["key"] = f"{sku[:55]}#{choice}" if choice else sku


def _remember_ids(things: Sequence[Thing]) -> None:
    named = [thing for thing in things if thing.get("id") and thing.get("article") and "#" not in thing["key"]]
    CatalogueId.objects.bulk_create(
        [CatalogueId(key=thing["id"][:64], sku=thing["key"]) for thing in named],
        update_conflicts=True, unique_fields=["key"], update_fields=["sku"],
    )  # fmt: skip


def _thing(row: int, sku: str) -> Thing:
    return {"row": row, "key": clean_form_text(sku)[:64], "words": []}


def _read(row: int, sku: str, said: Mapping[str, str], columns: Mapping[str, str], currency: str) -> Thing:
    thing = _thing(row, sku)
    try:
        thing["key"] = form_identifier(sku, pointer="/sku")
        if not thing["key"]:
            raise BadCell(columns["sku"], _("it is empty."))
        thing["card"] = _card(said, columns, currency)
        thing["on_hand"] = cells.whole(said.get("on_hand", ""), columns.get("on_hand", ""))
    except Malformed as refusal:
        thing |= {"bad": True, "words": [str(error.detail) for error in refusal.errors]}
    except Refusal as refusal:
        thing |= {"bad": True, "words": [str(refusal)]}
    return thing


def _card(said: Mapping[str, str], columns: Mapping[str, str], currency: str) -> dict[str, Any]:
    """Give the fields of a card that a row names; an empty cell leaves what is there. Raises Malformed, BadCell."""
    card: dict[str, Any] = {word: said[word][:300] for word in ("name", "group") if said.get(word)}
    if kind := said.get("kind", "").casefold():
        service = any(word in kind for word in WITHOUT_PLACE)
        card["kind"] = Product.Kind.SERVICE if service else Product.Kind.GOODS
    if codes := said.get("barcode"):
        card["barcodes"] = {form_identifier(code, pointer="/barcode"): 1 for code in codes.split(";") if code.strip()}
    return card | _figures(said, columns, currency)


def _figures(said: Mapping[str, str], columns: Mapping[str, str], currency: str) -> dict[str, int]:
    """Give the amounts and counts that a row names."""
    kilograms = cells.number(said.get("weight_kg", ""), columns.get("weight_kg", ""))
    found = {
        column: cells.amount(said.get(field, ""), columns.get(field, ""), currency) for field, column in SUMS.items()
    }
    found["weight_g"] = None if kilograms is None else grams(kilograms, columns.get("weight_kg", ""))
    for field in COUNTS:
        if (count := cells.whole(said.get(field, ""), columns.get(field, ""))) is not None:
            found[field] = count
    return {name: figure for name, figure in found.items() if figure is not None}


def grams(kilograms: Decimal, column: str) -> int:
    """Give the weight in whole grams; storefronts keep kilograms. Raises BadCell."""
    if not 0 <= kilograms * 1000 <= MOST_GRAMS:
        raise BadCell(column, _("a weight is from zero to two tons."))
    return int(kilograms * 1000)


def _compare(thing: Thing, present: Mapping[str, Any] | None, *, again: bool) -> ImportItem.Verdict:
    if again:
        thing["words"].append(_("This SKU stood further up: this row changes it once more."))
        return Verdict.NOTED
    if present is None:
        return Verdict.GOOD
    changed = sorted(name for name, value in thing["card"].items() if present.get(name) != value)
    if not changed:
        return Verdict.KNOWN if not thing.get("on_hand") else Verdict.NOTED
    thing["words"].append(_("Changes: %(fields)s.") % {"fields": ", ".join(_words_of(name) for name in changed)})
    return Verdict.NOTED


def _words_of(field: str) -> str:
    named = {
        "name": _("Name"), "kind": _("Kind"), "group": _("Group"), "price_minor": _("Price"), "cost_minor": _("Cost"),
        "barcodes": _("Barcode"), "weight_g": _("Weight, g"), "min_stock": _("Lowest stock"),
        "safety_stock": _("Safety stock"),
    }  # fmt: skip
    return named.get(field, field)


def _cards(skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Give what the catalogue has of these SKUs, as a file would say it."""
    plain = ("name", "kind", "group", "price_minor", "cost_minor", "weight_g", "min_stock")
    main = Location.objects.order_by("position", "code").values("code")[:1]
    levels = StockLevel.objects.filter(product__sku__in=skus, location__in=main)
    safety = dict(levels.values_list("product", "safety"))
    rows = Product.objects.filter(sku__in=skus).prefetch_related("barcodes")
    return {
        row.sku: {name: getattr(row, name) for name in plain}
        | {"barcodes": {code.code: code.pieces for code in row.barcodes.all()}, "safety_stock": safety.get(row.pk, 0)}
        for row in rows
    }


def _add_fresh(pairs: Sequence[tuple[ImportItem, Thing]], *, by: Actor, at: datetime) -> None:
    """Add all new products at once. When one of them is refused, none is: they are put one by one then."""
    fresh = {thing["key"]: (item, thing) for item, thing in pairs if item.verdict == Verdict.GOOD}
    cards = [catalogue.Card(sku=sku, **({"name": sku} | thing["card"])) for sku, (_item, thing) in fresh.items()]
    try:
        added = catalogue.add_many(cards, by=by, at=at) if cards else []
    except Refusal:
        return
    for product in added:
        fresh[product.sku][0].fate = Fate.TAKEN
