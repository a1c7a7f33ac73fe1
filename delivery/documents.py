"""The act of transfer on paper: two copies as PDF, in the shop's language. Whoever prints is noted."""

from datetime import datetime

from django.db import transaction

from delivery.models import Handoff
from orders import journal
from orders.models import Location, Shop
from shopdesk.base import papers
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.base.papers import ActLine, ActPaper


def print_act(number: int, *, by: Actor, at: datetime) -> bytes:
    """Draw both copies of an act and note the print. An open one says that it is a draft. Raises Missing."""
    act = Handoff.objects.filter(pk=number).select_related("courier", "location").first()
    if act is None:
        raise Missing
    pdf = papers.act(_paper(act), at=at)
    _note(act, by=by, at=at)
    return pdf


@transaction.atomic(durable=True)
def _note(act: Handoff, *, by: Actor, at: datetime) -> None:
    journal.record([journal.Entry("act.printed", subject=("act", act.number))], by=by, at=at)


def _paper(act: Handoff) -> ActPaper:
    shop = Shop.current()
    location: Location = act.location
    lines = act.lines.select_related("parcel").order_by("parcel__order_id", "parcel__position")
    return ActPaper(
        number=act.number, shop=shop.name, location=location.name, courier=act.courier.name, ship_on=act.ship_on,
        closed_at=act.closed_at, zone=shop.zone, currency=act.currency, hash=act.hash, language=shop.language,
        lines=[
            ActLine(
                parcel=line.parcel.number, weight_g=line.weight_g, cod_minor=line.cod_minor,
                declared_minor=line.declared_minor,
            )
            for line in lines
        ],
    )  # fmt: skip
