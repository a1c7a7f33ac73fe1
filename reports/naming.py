"""Names of what figures are told apart by, as people know them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from orders import sayings
from orders.models import Channel, Courier, Product
from orders.status import CancelReason, Status
from reports.workfacts import LONGER
from shopdesk.people.models import User

Words = str | Promise
WHO: Mapping[str, Words] = {
    "person": _("somebody of us"), "token": _("a program"), "rule": _("a rule"), "sweep": _("the desk"),
    "courier": _("a courier"), "customer": _("the customer"),
}  # fmt: skip
UNKNOWN = _("not known")
TABLES: Mapping[str, Callable[[str], QuerySet[Any, Any]]] = {
    "channel": lambda alias: Channel.objects.using(alias).values_list("pk", "name"),
    "courier": lambda alias: Courier.objects.using(alias).values_list("pk", "name"),
    "product": lambda alias: Product.objects.using(alias).values_list("pk", "sku"),
}
LABELS: Mapping[str, Mapping[str, Words]] = {
    "reason": dict(CancelReason.choices),
    "stage": dict(Status.choices),
    "who": WHO,
}


def names_of(dim: str, keys: Iterable[str], alias: str) -> dict[str, Words]:
    """Name the keys of a dimension as people know them."""
    wanted = set(keys)
    if dim in TABLES:
        return _in_table(dim, wanted, alias)
    if dim == "person":
        return _people(wanted, alias)
    if dim == "why":
        return _reasons(wanted, alias)
    if dim == "waited":
        return {key: _waited(key) for key in wanted}
    if dim == "worked":
        return {key: pgettext("waited", "%(minutes)s min") % {"minutes": key} if key else UNKNOWN for key in wanted}
    fixed: Mapping[str, Words] = sayings.outcomes() if dim == "outcome" else LABELS.get(dim, {})
    return {key: fixed.get(key, key or UNKNOWN) for key in wanted}


def _in_table(dim: str, keys: set[str], alias: str) -> dict[str, Words]:
    pks = [key for key in keys if key]
    found = {str(pk): said for pk, said in TABLES[dim](alias).filter(pk__in=pks)}
    return {key: found.get(key, key or UNKNOWN) for key in keys}


def _people(keys: set[str], alias: str) -> dict[str, Words]:
    pks = [int(key.partition(":")[2]) for key in keys if key.startswith("person:")]
    names = {
        f"person:{pk}": name for pk, name in User.objects.using(alias).filter(pk__in=pks).values_list("pk", "name")
    }
    return {key: names.get(key) or WHO.get(key.partition(":")[0], UNKNOWN) for key in keys}


def _waited(key: str) -> Words:
    if key == LONGER:
        return pgettext("waited", "later")
    return pgettext("waited", "within %(minutes)s min") % {"minutes": key}


def _reasons(keys: set[str], alias: str) -> dict[str, Words]:
    """Name reason, stage, who and channel, one behind another."""
    channels = names_of("channel", {key.rpartition("|")[2] for key in keys}, alias)
    named: dict[str, Words] = {}
    for key in keys:
        reason, stage, who, channel = key.split("|", 3)
        said = [LABELS["reason"].get(reason, UNKNOWN), LABELS["stage"].get(stage, stage), WHO.get(who, who)]
        named[key] = " · ".join(str(one) for one in [*said, channels[channel]])
    return named
