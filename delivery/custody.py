"""Who has what: each sealed parcel, and each sum due at its door, has one named holder at every moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Exists
from django.utils.translation import gettext_lazy as _

from delivery import cash
from delivery.models import CashEntry, Shipment
from orders.models import Courier, Parcel

State = Parcel.State

# What a holder is called on the screens; a courier by its own name, our shelf by its location's.
NAMES: Final = {
    "table": _("sealed, on our shelf"),
    "act": _("on an act that is being loaded"),
    "closed_act": _("on a closed act, waiting for the courier"),
    "courier": _("courier"),
    "customer": _("customer"),
    "returns": _("here again, to be inspected"),
    "shop": _("back and inspected"),
    "lost": _("lost"),
    "inside": _("not due yet: the parcel is here"),
    "till": _("taken at the counter"),
    "acquirer": _("the bank of the card"),
    "home": _("home"),
    "fees": _("kept by couriers as fees"),
    "waived": _("not due after all: refused or lost"),
    "written_off": _("written off"),
}
ACCOUNTS: Final = ("customer", "acquirer", "home", "fees", "written_off")

HOLDER: Final = Case(
    When(state=State.INSIDE, on_act=Parcel.OnAct.OPEN, then=Value("act")),
    When(state=State.INSIDE, on_act=Parcel.OnAct.CLOSED, then=Value("closed_act")),
    When(state=State.INSIDE, then=Value("table")),
    # A parcel that was kept in part is with its courier for as long as the rest of it is.
    When(~Q(in_hands_of=""), then=Value("courier")),
    When(state=State.KEPT, then=Value("customer")),
    When(state=State.RETURNING, then=Value("returns")),
    When(state=State.RETURNED, then=Value("shop")),
    When(state=State.LOST, then=Value("lost")),
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """Somebody or something that has a parcel or a sum: what kind (`NAMES`), and which courier or location."""

    kind: str
    code: str = ""

    @property
    def says(self) -> str:
        return str(NAMES[self.kind])


@dataclass(frozen=True, slots=True)
class Held:
    """How many parcels a holder has."""

    holder: Holder
    parcels: int


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """What of the sums due at the door a holder has, minor units of one currency."""

    holder: Holder
    currency: str
    amount_minor: int


def sealed(alias: str = "default") -> QuerySet[Parcel]:
    """List every parcel there is; the goods of an opened one lie on the table and are no parcel any more."""
    return Parcel.objects.using(alias).exclude(state=State.OPENED)


def parcels(alias: str = "default") -> list[Held]:
    """Count parcels by holder. They add up to all sealed ones."""
    code = Case(
        When(state=State.INSIDE, on_act=Parcel.OnAct.NONE, then=F("order__location")),
        default=F("in_hands_of"),
        output_field=CharField(),
    )
    rows = sealed(alias).annotate(kind=HOLDER, code=code).order_by().values("kind", "code").annotate(n=Count("pk"))
    return sorted((Held(Holder(row["kind"] or "", row["code"]), row["n"]) for row in rows), key=lambda one: one.holder)


def holder_of(parcel: Parcel) -> Holder:
    """Say who has one parcel now."""
    row = sealed().filter(pk=parcel.pk).annotate(kind=HOLDER).values_list("kind", "in_hands_of").first()
    return Holder(row[0] or "", row[1]) if row else Holder("table")


def money(alias: str = "default") -> list[HeldMoney]:
    """Say who has the sums due at the doors of all sealed parcels, by currency. They add up to all of them."""
    sums: dict[tuple[Holder, str], int] = {}
    for holder, currency, amount in [*_not_due_yet(alias), *_booked(alias)]:
        sums[holder, currency] = sums.get((holder, currency), 0) + amount
    return [HeldMoney(holder, currency, sums[holder, currency]) for holder, currency in sorted(sums)]


def names_of_couriers(holders: Sequence[Holder]) -> dict[str, str]:
    """Give the names of the couriers among holders, by code."""
    codes = {holder.code for holder in holders if holder.kind in {"courier", "closed_act"}}
    return dict(Courier.objects.filter(pk__in=codes).values_list("pk", "name"))


def _not_due_yet(alias: str) -> list[tuple[Holder, str, int]]:
    """What is inside is owed by nobody; what was given out at the counter was paid there and then."""
    rows = sealed(alias).filter(cod_minor__gt=0).order_by()
    inside = rows.filter(state=State.INSIDE)
    on_the_way = Shipment.objects.filter(order=OuterRef("order"))
    given_out = rows.exclude(state=State.INSIDE).filter(~Exists(on_the_way))
    return [
        (Holder(kind), currency, amount)
        for kind, found in (("inside", inside), ("till", given_out))
        for currency, amount in found.values_list("order__currency").annotate(Sum("cod_minor"))
    ]


def _booked(alias: str) -> list[tuple[Holder, str, int]]:
    """What the ledger says of the sums that parcels carried out of the door."""
    found: list[tuple[Holder, str, int]] = []
    for side, sign in (("target", 1), ("source", -1)):
        entries = CashEntry.objects.using(alias).filter(kind__in=cash.OF_PARCELS).order_by()
        rows = entries.values_list(side, "currency").annotate(Sum("amount_minor"))
        found += [(_account(name), currency, sign * amount) for name, currency, amount in rows if name != "sale"]
    waived = CashEntry.objects.using(alias).filter(kind=CashEntry.Kind.REDUCED).order_by()
    for reverses, sign in ((True, 1), (False, -1)):
        rows = waived.filter(reverses__isnull=reverses).values_list("currency").annotate(Sum("amount_minor"))
        found += [(Holder("waived"), currency, sign * amount) for currency, amount in rows]
    return found


def _account(name: str) -> Holder:
    if name in ACCOUNTS:
        return Holder(name)
    return Holder("courier", name.removeprefix("courier:"))
