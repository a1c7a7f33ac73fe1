"""Orders that were cut off another before they had keys of their own get them: they are found by number and name."""

import re

from django.db import migrations
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

LONGEST, SHORTEST, AT_ONCE = 80, 4, 1_000


def fill(apps, schema_editor):
    Order, SearchKey = apps.get_model("orders", "Order"), apps.get_model("orders", "SearchKey")
    own = SearchKey.objects.filter(order=OuterRef("pk"), key=Cast(OuterRef("pk"), CharField()))
    lacking = Order.objects.filter(~Exists(own)).order_by("pk").values_list("pk", flat=True)
    while numbers := list(lacking[:AT_ONCE]):
        orders = Order.objects.filter(pk__in=numbers).select_related("customer")
        known = set(SearchKey.objects.filter(order__in=numbers).values_list("order", "key"))
        wanted = {(order.pk, key) for order in orders for key in keys_of(order)} - known
        SearchKey.objects.bulk_create(SearchKey(order_id=number, key=key) for number, key in sorted(wanted))


def keys_of(order):
    """As `orders.customers.keys_of` gives them at this migration."""
    digits = str(order.pk)
    keys = {digits} | {digits[start:] for start in range(len(digits) - SHORTEST + 1)} | words(order.external_id)
    if order.customer is None or order.customer.name != order.contact_name:
        keys |= words(order.contact_name)
    return keys


def words(text):
    folded = text.casefold().strip()
    parts = [word[:LONGEST] for word in re.split(r"[\s,;.]+", folded) if len(word) > 1]
    return {folded[:LONGEST], *parts} if folded else set()


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_refunds_that_a_shop_deletes")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
