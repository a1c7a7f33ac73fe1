"""`manage.py load_products FILE`: the catalogue from a table or from markup, of any size, as often as one likes."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import catalogue
from orders.models import Shop
from shopdesk.base.access import RULE
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.tables import look_at, read_table
from shopdesk.imports import columns, markup, products, work
from shopdesk.imports.models import Import, ImportItem

Thing = dict[str, Any]
Fate, Verdict = ImportItem.Fate, ImportItem.Verdict
SAID = {Fate.TAKEN: "added", Fate.CHANGED: "changed", Fate.SAME: "unchanged", Fate.REFUSED: "refused"}


class Command(BaseCommand):
    """Adds and changes products; says of every row that it refuses why, and ends with 1 if there was any."""

    help = (
        "Load products from CSV, XLSX, YML or CommerceML. Columns: sku, name, kind, group, price, cost, barcode"
        " (several by ;), weight_g, min_stock, safety_stock, on_hand (of products that have no moves yet), substitutes;"
        " or WooCommerce's own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("There is no file %(file)s.") % {"file": path})
        verdicts: Counter[str] = Counter()
        try:
            for things in work.pieces(read(path)):
                for row, verdict, words in take_in(things):
                    verdicts[verdict] += 1
                    self._tell(row, verdict, words)
            # Substitutes last: a product may name one that stands further down.
            for row, sku, skus in substitutes(path):
                if words := offer(sku, skus):
                    verdicts["refused"] += 1
                    self._tell(row, "refused", words)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(", ".join(f"{times} {verdict}" for verdict, times in sorted(verdicts.items())) or "0")
        if verdicts["refused"]:
            raise CommandError(_("%(rows)s rows were refused.") % {"rows": verdicts["refused"]})

    def _tell(self, row: int, verdict: str, words: str) -> None:
        if words:
            told = {"row": row, "verdict": verdict, "words": words}
            self.stdout.write(_("row %(row)s, %(verdict)s: %(words)s") % told)


def read(path: Path) -> Iterator[Thing]:
    """Read a catalogue, whatever it is. Raises UnreadableTable, UnreadableMarkup, ColumnsMissing."""
    currency, form = Shop.current().currency, markup.form_of(path)
    if form is not None:
        return markup.read(path, form, currency)
    headings = look_at(path).headings
    chosen = columns.check(Import.What.PRODUCTS, columns.propose(Import.What.PRODUCTS, headings), headings)
    return products.understand(read_table(path), chosen, currency)


def take_in(things: list[Thing]) -> Iterator[tuple[int, str, str]]:
    """Add and change products; give of each its row, its verdict and what there is to say."""
    verdicts = products.judge(things)
    pairs = [
        (ImportItem(row=thing["row"], key=thing["key"], verdict=verdict, words=thing["words"]), thing)
        for thing, verdict in zip(things, verdicts, strict=True)
    ]
    products.take_in(
        [pair for pair in pairs if pair[0].verdict != Verdict.BAD and not pair[1].get("skipped")],
        by=RULE, at=timezone.now(),
    )  # fmt: skip
    for item, _thing in pairs:
        verdict = "refused" if item.verdict == Verdict.BAD else SAID.get(Fate(item.fate), "skipped")
        yield item.row, verdict, " ".join(item.words)


def substitutes(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Give the rows of a table that name substitutes: the row, the SKU, those of its substitutes."""
    if markup.form_of(path) is not None:
        return
    for row in read_table(path):
        if skus := [sku.strip() for sku in row.get("substitutes").split(";") if sku.strip()]:
            yield row.number, row.get("sku"), skus


def offer(sku: str, skus: list[str]) -> str:
    """Write down what may be offered instead, once all products are there. Gives why not, if not."""
    try:
        catalogue.change(sku, {"substitutes": skus}, by=RULE, at=timezone.now())
    except Missing:
        return ""  # its own row was refused, and said so
    except DomainError as refusal:
        return str(refusal)
    return ""
