"""The telephone over API v5: what rings, what was talked about, who is behind a number."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from orders import telephony
from orders.models import Customer, PhoneCall, PhoneSeat
from shopdesk.base import phones
from shopdesk.base.envelope import answered
from shopdesk.base.errors import DomainError
from shopdesk.retailcrm import reading
from shopdesk.retailcrm.door import Door, Visit
from shopdesk.retailcrm.models import ShopCustomer
from shopdesk.retailcrm.reading import Entity, text
from shopdesk.retailcrm.refusals import BadEntity, BadParameter
from shopdesk.retailcrm.showing import split_name

PROVIDER = "v5"
MOST_CALLS = 50
LONGEST_TALK_S = 86_400
State, Direction = PhoneCall.State, PhoneCall.Direction
# `hangup` ends whichever call the event names; how it ended, it says beside.
HANGUPS = {"answered": State.ENDED, "busy": State.MISSED, "cancel": State.MISSED, "failed": State.MISSED,
           "no answered": State.MISSED}  # fmt: skip
TYPES = {"in": Direction.IN, "out": Direction.OUT, "hangup": Direction.IN}
RESULTS = {
    "answered": State.ENDED, "busy": State.MISSED, "failed": State.MISSED, "no answer": State.MISSED,
    "not allowed": State.MISSED, "unknown": State.MISSED,
}  # fmt: skip


class CallEvent(Door):
    """Something happens to a call."""

    def post(self, request: Request) -> HttpResponse:
        """Tell that it rings, or that it is over."""
        visit = self.visit(request)
        said = reading.entity(visit.fields, "event")
        telephony.hear(_event(said, visit), by=visit.by, at=visit.now)
        return answered({})


class CallsUpload(Door):
    """Calls that are over."""

    def post(self, request: Request) -> HttpResponse:
        """Keep them; a call that was told before is not told twice."""
        visit = self.visit(request)
        calls = reading.entities(visit.fields, "calls", MOST_CALLS)
        read: list[telephony.NewPhoneEvent] = []
        wrong: dict[str, str] = {}
        for place, said in enumerate(calls):
            try:
                read.append(_call(said, visit))
            except BadEntity as refusal:
                wrong |= {f"calls[{place}].{name}": why for name, why in dict(refusal.errors or {}).items()}  # type: ignore[arg-type]
        if wrong:
            raise BadEntity(wrong)
        for event in read:
            try:
                telephony.hear(event, by=visit.by, at=visit.now)
            except DomainError as refusal:
                raise BadEntity({"recordUrl": refusal}) from refusal
        return answered({"processedCallsCount": len(read)})


class Manager(Door):
    """Who is behind a number, and who serves them."""

    def get(self, request: Request) -> HttpResponse:
        """Give the customer of a phone, and where a new order of theirs is typed in."""
        visit = self.visit(request)
        written = visit.query.get("phone") or ""
        phone = _phone(written, visit)
        if not phone:
            raise BadParameter("phone", "This value is not valid.")
        known = Customer.objects.for_subject(visit.subject).filter(phones__phone=phone).first()
        shown: dict[str, Any] = {"links": _links(phone)}
        if known is not None:
            shown["customer"] = _customer(known, phone)
        return answered(shown)


def _event(said: Entity, visit: Visit) -> telephony.NewPhoneEvent:
    kind = text(said, "type", 10)
    phone = _phone(text(said, "phone", 40), visit)
    wrong = {} if kind in TYPES else {"type": "This value is unknown."}
    if not phone and text(said, "phone", 40) == "":
        wrong["phone"] = "This value should not be blank."
    if wrong:
        raise BadEntity(wrong)
    state = HANGUPS.get(text(said, "hangupStatus", 20), State.ENDED) if kind == "hangup" else State.RINGING
    call_id = text(said, "callExternalId", 100) or _call_id(phone, visit.now)
    return telephony.NewPhoneEvent(
        PROVIDER, call_id, state, visit.now, direction=TYPES[kind], phone=phone, seat=_seat(said),
        talk_seconds=1 if state == State.ENDED and said.get("hangupStatus") == "answered" else 0,
    )  # fmt: skip


def _call(said: Entity, visit: Visit) -> telephony.NewPhoneEvent:
    """Read a call that is over. Raises BadEntity with all that is wrong."""
    wrong: dict[str, str] = {}
    kind, result = text(said, "type", 10), text(said, "result", 20) or "unknown"
    if kind not in ("in", "out"):
        wrong["type"] = "This value is unknown."
    if result not in RESULTS:
        wrong["result"] = "This value is unknown."
    began = _moment(text(said, "date", 40), visit, wrong)
    duration = _seconds(said.get("duration"), wrong)
    phone = _phone(text(said, "phone", 40), visit)
    if wrong or began is None:
        raise BadEntity(wrong or {"date": "This value is not valid."})
    return telephony.NewPhoneEvent(
        PROVIDER, text(said, "externalId", 100) or _call_id(phone, began), RESULTS[result], began,
        direction=kind, phone=phone, seat=_seat(said), talk_seconds=duration if result == "answered" else 0,
        recording=text(said, "recordUrl", 500),
    )  # fmt: skip


def _seat(said: Entity) -> str:
    """Give the extension that a call was at: one that the desk knows, by its code or by whose it is."""
    codes = [text(said, "code", 40), *_texts(said.get("codes"))]
    known = PhoneSeat.objects.filter(code__in=[code for code in codes if code]).first()
    if known is None:
        people = reading.wholes([text(said, "userId", 20), *_texts(said.get("userIds"))])
        known = PhoneSeat.objects.filter(person__in=people).first()
    return known.code if known else ""


def _texts(value: Any) -> list[str]:
    found = value if isinstance(value, list) else []
    return [str(one)[:40] for one in found[:20] if isinstance(one, str | int) and not isinstance(one, bool)]


def _phone(written: str, visit: Visit) -> str:
    country = visit.site.country if visit.site else visit.shop.country
    read = phones.read(written, country) if written else []
    return read[0].e164 if read else ""


def _call_id(phone: str, at: datetime) -> str:
    """Name a call that its provider does not: by its phone and its minute, so that a repetition is one."""
    return hashlib.sha256(f"{phone} {at:%Y-%m-%d %H:%M}".encode()).hexdigest()[:40]


def _moment(written: str, visit: Visit, wrong: dict[str, str]) -> datetime | None:
    try:
        return reading.moment(written, visit.zone)
    except (ValueError, OverflowError):
        wrong["date"] = "This value is not valid."
        return None


def _seconds(value: Any, wrong: dict[str, str]) -> int:
    try:
        found = reading.number(value)
    except ValueError:
        found = None
        wrong["duration"] = "This value is not valid."
    return min(max(int(found or 0), 0), LONGEST_TALK_S)


def _links(phone: str) -> Mapping[str, str]:
    return {"newOrderLink": f"{settings.PUBLIC_URL}/orders/new?phone={quote(phone)}"}


def _customer(known: Customer, phone: str) -> dict[str, Any]:
    own = ShopCustomer.objects.filter(customer=known).order_by("-pk").first()
    shown = {"id": own.pk if own else known.pk, "email": known.email, "phones": [{"number": phone}]}
    more = {"externalId": own.external_id} if own and own.external_id else {}
    return shown | split_name(known.name) | more
