"""Door of custody: who has each parcel and each sum due at a door, added up."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from delivery import custody
from shopdesk.base.snapshot import snapshot


@require_safe
@never_cache
def show_holders(request: HttpRequest) -> HttpResponse:
    """Show the holders of all parcels and sums, as they are at one moment."""
    with snapshot() as alias:
        parcels, money = custody.parcels(alias), custody.money(alias)
        all_parcels = custody.sealed(alias).count()
        names = custody.names_of_couriers([*(one.holder for one in parcels), *(one.holder for one in money)])
    counted = sum(one.parcels for one in parcels)
    currencies = sorted({one.currency for one in money})
    shown = {
        "parcels": [_show(one.holder, one.parcels, names) for one in parcels],
        "all": counted,
        "adds_up": counted == all_parcels,
        "money": [
            (
                currency,
                [
                    _show(one.holder, one.amount_minor, names)
                    for one in money
                    if one.currency == currency and one.amount_minor
                ],
                sum(one.amount_minor for one in money if one.currency == currency),
            )
            for currency in currencies
        ],
    }
    return render(request, "delivery/custody/page.html", shown)


def _show(holder: custody.Holder, n: int, names: dict[str, str]) -> dict[str, Any]:
    return {"words": holder.says, "name": names.get(holder.code, holder.code), "n": n}
