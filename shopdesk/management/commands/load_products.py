"""`manage.py load_products FILE`: the catalogue from a table, row by row, as often as one likes."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import catalogue, receiving
from orders.models import Product, Shop, StockLevel
from shopdesk.base.access import RULE
from shopdesk.base.errors import DomainError, Malformed, Missing, Refusal
from shopdesk.base.money import round_to_minor
from shopdesk.base.strict import form_identifier
from shopdesk.base.strict.fields import MAX_QUANTITY
from shopdesk.base.tables import Row, read_table

OPENING = "opening stock of "
# A storefront's own kinds. What is only a page of choices is not sold itself; what has no weight is no goods.
NOT_SOLD = ("variable", "grouped", "external")
WITHOUT_PLACE = ("service", "virtual", "downloadable")
MOST_GRAMS = 2_000_000


class BadCell(DomainError):
    """A cell does not hold what its column is for."""

    sentence = gettext_lazy("Column %(column)s does not take this: %(value)s")


class Command(BaseCommand):
    """Adds and changes products; says of every row that it refuses why, and ends with 1 if there was any."""

    help = (
        "Load products from CSV or XLSX. Columns: sku, name, kind, price, cost, barcode (several by ;), weight_g,"
        " min_stock, safety_stock, on_hand (of products that have no moves yet), substitutes; or WooCommerce's own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("There is no file %(file)s.") % {"file": path})
        try:
            rows = list(read_table(path))
        except DomainError as refusal:
            raise CommandError(str(refusal)) from None
        # Substitutes last: a product may name one that stands further down.
        verdicts = self._tell(rows, load)
        refused = verdicts["refused"] + self._tell([row for row in rows if row.get("substitutes")], offer)["refused"]
        self.stdout.write(", ".join(f"{times} {verdict}" for verdict, times in sorted(verdicts.items())) or "0")
        if refused:
            raise CommandError(_("%(rows)s rows were refused.") % {"rows": refused})

    def _tell(self, rows: Sequence[Row], work: Callable[[Row], tuple[str, str]]) -> Counter[str]:
        """Do the work row by row, and say what there is to say of each."""
        verdicts: Counter[str] = Counter()
        for row in rows:
            verdict, words = work(row)
            verdicts[verdict] += 1
            if words:
                told = {"row": row.number, "verdict": verdict, "words": words}
                self.stdout.write(_("row %(row)s, %(verdict)s: %(words)s") % told)
        return verdicts


def load(row: Row) -> tuple[str, str]:
    """Load one row. Gives its verdict (added, changed, unchanged, skipped, refused) and what there is to say."""
    if kind := next((kind for kind in NOT_SOLD if kind in row.get("type").casefold()), ""):
        return "skipped", _("%(kind)s: not sold itself") % {"kind": kind}
    try:
        wanted = read_card(row)
        sku = wanted.pop("sku")
        on_hand = whole(row, "on_hand", "stock")
        verdict = put(sku, wanted)
        return verdict, "; ".join(filter(None, [stock_up(sku, on_hand or 0), twins(sku)]))
    except Malformed as refusal:
        return "refused", ", ".join(str(error.detail) for error in refusal.errors)
    except Refusal as refusal:
        return "refused", str(refusal)


def offer(row: Row) -> tuple[str, str]:
    """Load the substitutes of one row, once all products are there."""
    skus = [sku.strip() for sku in row.get("substitutes").split(";") if sku.strip()]
    try:
        catalogue.change(row.get("sku"), {"substitutes": skus}, by=RULE, at=timezone.now())
    except Missing:
        return "skipped", ""  # its own row was refused, and said so
    except DomainError as refusal:
        return "refused", str(refusal)
    return "unchanged", ""


def read_card(row: Row) -> dict[str, Any]:
    """Give the fields that the row names; an empty cell leaves what is there. Raises Malformed, BadCell."""
    fields: dict[str, Any] = {"sku": row.identifier("sku")}
    if not fields["sku"]:
        raise BadCell(detail={"column": "sku", "value": _("it is empty")})
    if name := row.get("name"):
        fields["name"] = name[:300]
    if kind := row.get("kind", "type").casefold():
        service = any(word in kind for word in WITHOUT_PLACE)
        fields["kind"] = Product.Kind.SERVICE if service else Product.Kind.GOODS
    if codes := row.raw("barcode", "barcodes", "gtin, upc, ean, or isbn"):
        fields["barcodes"] = {form_identifier(code, pointer="/barcode"): 1 for code in codes.split(";") if code.strip()}
    return fields | read_numbers(row)


def read_numbers(row: Row) -> dict[str, int]:
    """Give the amounts and counts that the row names."""
    found = {
        "price_minor": money(row, "price", "regular price"),
        "cost_minor": money(row, "cost"),
        "weight_g": grams(row),
        "min_stock": whole(row, "min_stock", "low stock amount"),
        "safety_stock": whole(row, "safety_stock"),
    }
    return {name: value for name, value in found.items() if value is not None}


def put(sku: str, wanted: dict[str, Any]) -> str:
    """Add the product or change what differs. Gives the verdict."""
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        card = catalogue.Card(sku=sku, **({"name": sku} | wanted))
        catalogue.add(card, by=RULE, at=timezone.now())
        return "added"
    before = catalogue.card_of(product)
    catalogue.change(sku, wanted, by=RULE, at=timezone.now())
    return "unchanged" if catalogue.card_of(Product.objects.get(sku=sku)) == before else "changed"


def stock_up(sku: str, pieces: int) -> str:
    """Put the opening stock on the shelf of a product that never moved; of any other the file only has an opinion."""
    product = Product.objects.get(sku=sku)
    if not pieces or not product.is_goods:
        return ""
    if not product.moves.exists():
        line = receiving.NewLine(sku, pieces)
        paper = receiving.NewReceipt([line], reference=f"{OPENING}{sku}")
        receiving.receive(paper, by=RULE, at=timezone.now())
        return ""
    books = sum(StockLevel.objects.filter(product=product).values_list("on_hand", flat=True))
    if books == pieces:
        return ""
    return _("the books have %(books)s pieces, the file says %(pieces)s: count them") % {
        "books": books, "pieces": pieces,
    }  # fmt: skip


def twins(sku: str) -> str:
    """Point out SKUs that differ in letter case only."""
    alike = catalogue.look_alikes(sku)
    return _("easily taken for %(skus)s") % {"skus": ", ".join(alike)} if alike else ""


def money(row: Row, *names: str) -> int | None:
    """Give an amount in minor units; a comma and blanks are how people write it."""
    amount = number(row, *names)
    if amount is None:
        return None
    return round_to_minor(amount, Shop.current().currency, pointer=f"/{names[0]}")


def whole(row: Row, *names: str) -> int | None:
    """Give a count of pieces."""
    found = number(row, *names)
    if found is None:
        return None
    if found != int(found) or found > MAX_QUANTITY:
        raise BadCell(detail={"column": names[0], "value": row.get(*names)})
    return int(found)


def grams(row: Row) -> int | None:
    """Give the weight; storefronts keep kilograms."""
    if row.get("weight_g"):
        return whole(row, "weight_g")
    kilograms = number(row, "weight (kg)")
    if kilograms is None:
        return None
    if kilograms * 1000 > MOST_GRAMS:
        raise BadCell(detail={"column": "weight", "value": row.get("weight (kg)")})
    return int(kilograms * 1000)


def number(row: Row, *names: str) -> Decimal | None:
    """Give a plain number that is not below zero; None for an empty cell. Raises BadCell."""
    written = row.get(*names).replace("\u00a0", "").replace(" ", "").replace(",", ".")
    if not written:
        return None
    try:
        found = Decimal(written) if written.isascii() else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or found < 0:
        raise BadCell(detail={"column": names[0], "value": row.get(*names)})
    return found
