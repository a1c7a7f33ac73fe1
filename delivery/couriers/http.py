"""Any courier service that speaks this desk's own protocol: `docs/connect-a-courier.md` is its description."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from delivery.couriers.base import (
    Answered,
    Box,
    Connection,
    Consignment,
    CourierEvent,
    CourierRefused,
    Link,
    NotUnderstood,
    Signed,
)
from delivery.couriers.reading import Object, amount, as_list, as_object, instant, needed, read_object, text
from delivery.couriers.signing import check_standard
from delivery.couriers.talking import MISSING, call, read_answer
from shopdesk.base.money import from_minor
from shopdesk.base.outgoing import Answer

MOST_EVENTS = 500


class Http:
    """Webhooks signed as Standard Webhooks says; waybills under our own key, so asking twice makes one."""

    makes_waybills = True
    can_be_polled = True
    code_list = ""

    def check(self, message: Signed, secret: str, *, at: datetime) -> None:
        """Check `webhook-signature`. Raises NotSigned."""
        check_standard(message, secret, at=at)

    def read(self, body: bytes) -> list[CourierEvent]:
        """Read `{"events": […]}`. Raises NotUnderstood."""
        return _events(read_object(body))

    def make(self, line: Connection, wanted: Consignment, *, again: bool) -> Answered:
        """Ask for a waybill under our key. The same key again is the same waybill, so nobody has to look first."""
        headers = _headers(line) | {"Idempotency-Key": wanted.key}
        return _answered(call(line, "POST", "/waybills", _write(wanted), headers=headers))

    def ask(self, line: Connection, key: str, external_id: str) -> Answered:
        """Ask what became of a key."""
        return _answered(call(line, "GET", f"/waybills/{quote(key, safe='')}", headers=_headers(line)))

    def void(self, line: Connection, external_id: str, number: str) -> Answered:
        """Take a waybill back by the courier's id, else by its number."""
        name = quote(external_id or number, safe="")
        return _answered(call(line, "DELETE", f"/waybills/{name}", headers=_headers(line)))

    def poll(self, line: Connection, number: str) -> list[CourierEvent]:
        """Ask for all events of a waybill."""
        answer = call(line, "GET", f"/waybills/{quote(number, safe='')}/events", headers=_headers(line))
        return [] if answer.status in MISSING else _events(_good(answer))

    def label(self, line: Connection, external_id: str, number: str) -> bytes | None:
        """Fetch the courier's own label."""
        answer = call(line, "GET", f"/waybills/{quote(external_id or number, safe='')}/label", headers=_headers(line))
        return answer.body if answer.is_good and answer.body.startswith(b"%PDF") else None


def _headers(line: Connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {line.secret}"}


def _good(answer: Answer) -> Object:
    """Read a good answer. Raises CourierRefused with the courier's own sentence."""
    if answer.is_good:
        return read_answer(answer)
    try:
        said = read_answer(answer)
    except NotUnderstood:
        said = {}
    raise CourierRefused(detail={"words": text(said, "detail", most=300) or str(answer.status)})


def _answered(answer: Answer) -> Answered:
    if answer.status in MISSING:
        return Answered(gone=True)
    said = _good(answer)
    return Answered(
        text(said, "id", most=64), text(said, "number", most=64), text(said, "refusal", most=300),
        gone=text(said, "state") == "void",
    )  # fmt: skip


def _events(whole: Object) -> list[CourierEvent]:
    listed = as_list(whole.get("events"))
    if len(listed) > MOST_EVENTS:
        raise NotUnderstood(detail={"what": "events"})
    return [_event(as_object(row)) for row in listed]


def _event(row: Object) -> CourierEvent:
    number, lines = needed(row, "parcel"), row.get("lines")
    follows = text(row, "return_of")
    return CourierEvent(
        needed(row, "event_id"), number, needed(row, "code", most=64), instant(row, "at"),
        cod_taken=amount(row, "cod_taken"), reason=text(row, "reason", most=64),
        delivered=None if lines is None else [_line(as_object(line)) for line in as_list(lines)],
        correction=row.get("correction") is True, link=Link(number, follows) if follows else None,
    )  # fmt: skip


def _line(row: Object) -> tuple[str, int]:
    pieces = row.get("delivered")
    if not isinstance(pieces, int) or isinstance(pieces, bool) or not 0 <= pieces <= 100_000:
        raise NotUnderstood(detail={"what": "delivered"})
    return needed(row, "sku", most=64), pieces


def _write(wanted: Consignment) -> Mapping[str, Any]:
    def money(minor: int) -> str:
        return from_minor(minor, wanted.currency)

    return {
        "key": wanted.key,
        "to": {
            "name": wanted.name, "phone": wanted.phone, "email": wanted.email, "country": wanted.country,
            "region": wanted.region, "city": wanted.city, "postcode": wanted.postcode, "address": wanted.address,
            "notes": wanted.notes, "pickup_point": wanted.pickup_point,
        },
        "method": wanted.method,
        "date": wanted.promised_on.isoformat() if wanted.promised_on else None,
        "slot": wanted.slot,
        "currency": wanted.currency,
        "cod": money(wanted.cod_minor),
        "declared": money(wanted.declared_minor),
        "parcels": [_box(box, money) for box in wanted.boxes],
    }  # fmt: skip


def _box(box: Box, money: Any) -> dict[str, Any]:
    pieces = [
        {"sku": one.sku, "name": one.name, "quantity": one.pieces, "price": money(one.price_minor)}
        for one in box.pieces
    ]
    size = dict(zip(("length_mm", "width_mm", "height_mm"), box.size_mm or (None, None, None), strict=True))
    return {"number": box.number, "weight_g": box.weight_g, "items": pieces} | size
