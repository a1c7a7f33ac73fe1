"""Write down what was wanted in vain before there was a ledger of it, as the page of lost demand counted it until now:
all pieces of orders that were cancelled for want of goods, and what was sold as another product.
"""

from itertools import islice

from django.db import migrations
from django.db.models import OuterRef, Subquery

AT_ONCE = 1_000


def fill(apps, schema_editor):
    if apps.get_model("orders", "Unmet").objects.exists():
        return
    _cancelled(apps)
    _swapped(apps)


def _cancelled(apps):
    """The last cancellation is the one that stands."""
    Line, Event, Unmet = (apps.get_model("orders", name) for name in ("OrderLine", "JournalEvent", "Unmet"))
    ends = Event.objects.filter(order=OuterRef("order"), to_status="cancelled").order_by("-seq")
    lines = Line.objects.filter(order__status="cancelled", order__cancel_reason="out_of_stock", kind="goods").annotate(
        ended=Subquery(ends.values("pk")[:1]), ended_at=Subquery(ends.values("at")[:1])
    )
    rows = lines.exclude(ended=None).order_by("pk").values_list("pk", "product", "quantity", "ended", "ended_at")
    for some in _some(rows.iterator()):
        Unmet.objects.bulk_create(
            Unmet(line_id=line, product_id=product, quantity=pieces, why="cancelled", event_id=event, at=at)
            for line, product, pieces, event, at in some
        )


def _swapped(apps):
    """An edit notes which SKU was asked for; the line that was asked for may be there still, or stands for itself."""
    Line, Event, Unmet, Product = (
        apps.get_model("orders", name) for name in ("OrderLine", "JournalEvent", "Unmet", "Product")
    )
    numbers = Line.objects.exclude(instead_of="").values_list("order", flat=True).distinct().order_by("order")
    for some in _some(numbers.iterator()):
        lines = {}
        for line in Line.objects.filter(order__in=some).order_by("-position"):
            lines[line.order_id, line.sku] = line
        asked = {
            (event, said["instead_of"]): (said["to"] - said["from"], lines.get((event.order_id, said["sku"])))
            for event in Event.objects.filter(order__in=some, kind="order.edited")
            for said in event.data.get("lines", ())
            if said.get("instead_of") and said["to"] > said["from"]
        }
        products = dict(Product.objects.filter(sku__in={sku for _event, sku in asked}).values_list("sku", "pk"))
        Unmet.objects.bulk_create(
            Unmet(
                line=lines.get((event.order_id, sku), sold), product_id=products.get(sku), quantity=pieces,
                why="instead", event=event, at=event.at,
            )
            for (event, sku), (pieces, sold) in asked.items()
            if lines.get((event.order_id, sku), sold) is not None
        )  # fmt: skip


def _some(rows):
    while some := list(islice(rows, AT_ONCE)):
        yield some


class Migration(migrations.Migration):
    dependencies = [("orders", "0023_wanted_in_vain")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
