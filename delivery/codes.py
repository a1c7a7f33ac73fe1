"""What couriers' own codes mean: lists that come with the desk, taught and corrected by people."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from delivery.models import CourierCode, ShipmentEvent
from delivery.news import IGNORED, RANK, UNKNOWN
from orders import journal
from orders.models import Courier
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake

LISTS = Path(__file__).parent / "couriers" / "codes"
MEANINGS = [*(state for state in RANK if state != UNKNOWN), IGNORED]


class NoMeaning(DomainError):
    """The desk has no such word for where a parcel is."""

    sentence = _("The desk has no word “%(means)s”.")


class NoList(DomainError):
    """The desk comes with no such list."""

    sentence = _("The desk knows no list of codes called %(list)s.")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list: a courier's code, what it means, and the courier's own words for it."""

    code: str
    means: str
    says: str


def lists() -> list[str]:
    """Name the lists that come with the desk."""
    return sorted(path.stem for path in LISTS.glob("*.csv"))


@cache
def read_list(name: str) -> Sequence[Listed]:
    """Read a list that comes with the desk. Raises NoList."""
    if name not in lists():
        raise NoList(detail={"list": name})
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(Listed(row["code"], row["means"], row["says"]) for row in csv.DictReader(lines))


@transaction.atomic(durable=True)
def take_over(courier: str, name: str, *, by: Actor, at: datetime) -> int:
    """Teach the desk a list for this courier; what somebody taught before stays. Gives how many codes are new.

    Raises Missing, NoList.
    """
    row = _courier(courier)
    known = set(CourierCode.objects.filter(courier=row).values_list("code", flat=True))
    fresh = [line for line in read_list(name) if line.code not in known]
    CourierCode.objects.bulk_create(
        CourierCode(courier=row, code=line.code, means=line.means, says=line.says[:200]) for line in fresh
    )
    _note(courier, {"list": name, "codes": len(fresh)}, by=by, at=at)
    return len(fresh)


@transaction.atomic(durable=True)
def explain(courier: str, code: str, means: str, *, says: str = "", by: Actor, at: datetime) -> CourierCode:
    """Say what a code means. News that nobody could read is read again; what was understood stays as it was.

    Raises Missing, NoMeaning.
    """
    if means not in MEANINGS:
        raise NoMeaning(detail={"means": means})
    row = _courier(courier)
    found, _new = CourierCode.objects.get_or_create(courier=row, code=code, defaults={"means": means, "says": says})
    was = "" if _new else found.means
    if was != means or (says and found.says != says):
        found.means, found.says = means, says or found.says
        found.save(update_fields=["means", "says"])
        _note(courier, {"code": code, "from": was, "to": means}, by=by, at=at)
    return found


def unexplained(courier: str = "") -> QuerySet[ShipmentEvent, Any]:
    """List codes that came and that nobody has explained, with how often and when last."""
    known = CourierCode.objects.filter(courier=OuterRef("courier"), code=OuterRef("code"))
    rows = ShipmentEvent.objects.filter(~Exists(known), state=UNKNOWN)
    if courier:
        rows = rows.filter(courier=courier)
    return rows.values("courier", "code").annotate(times=Count("pk"), last_at=Max("at")).order_by("courier", "code")


def _courier(code: str) -> Courier:
    """Lock the courier: two who explain the same code wait for each other. Raises Missing."""
    row = Courier.objects.locked(pk=code).first()
    if row is None:
        raise Missing
    return row


def _note(courier: str, data: dict[str, journal.Code], *, by: Actor, at: datetime) -> None:
    journal.record([journal.Entry("courier.code_explained", data=data, subject=("courier", courier))], by=by, at=at)
    wake("delivery.tasks.pick_up_news")
