"""CDEK, API v2: orders, status webhooks, print forms, the token that an hour ends.

Written after the models of the public client `cdek` 1.2 and CDEK's published webhook bodies. Paths: `oauth/token`,
`orders`, `print/barcodes`. Weights in grams, sizes in centimetres, money in the currency's main units.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from delivery.couriers.base import (
    Answered,
    Box,
    Connection,
    Consignment,
    CourierEvent,
    CourierRefused,
    CourierSilent,
    Link,
    NotUnderstood,
    Signed,
)
from delivery.couriers.reading import Object, as_list, as_object, instant, name_event, needed, read_object, text
from delivery.couriers.signing import check_key
from delivery.couriers.talking import call, read_answer
from shopdesk.base.money import from_minor
from shopdesk.base.outgoing import Answer
from shopdesk.base.strict import read_whole

ADDRESS = "https://api.cdek.ru/v2"
ONLINE_SHOP = 1  # the kind of order
TO_THE_DOOR = 137  # tariff "parcel, warehouse to door"; the account's options name the shop's own
EARLY = timedelta(minutes=1)  # a token is renewed so long before its end
NOT_FOUND = {"v2_entity_not_found", "v2_entity_not_found_im_number", "v2_order_not_found"}


class Cdek:
    """CDEK signs no webhooks, so a secret stands in the path of ours."""

    makes_waybills = True
    can_be_polled = True
    code_list = "cdek"

    def check(self, message: Signed, secret: str, *, at: datetime) -> None:
        """Check the key in the path. Raises NotSigned."""
        check_key(message, secret)

    def read(self, body: bytes) -> list[CourierEvent]:
        """Read a status; other kinds of news (print forms, photos, offices) give no event. Raises NotUnderstood."""
        whole = read_object(body)
        kind = needed(whole, "type")
        if kind == "ORDER_STATUS":
            return [_status(as_object(whole.get("attributes")))]
        if kind == "DELIV_PROBLEM":
            return [_problem(as_object(whole.get("attributes")))]
        return []

    def make(self, line: Connection, wanted: Consignment, *, again: bool) -> Answered:
        """Register an order under our own number. After a lost answer look for it first: CDEK would make two."""
        if again:
            before = _asked(_talk(line, "GET", "/orders?" + urlencode({"im_number": wanted.key})))
            if not before.gone:
                return before
        said = _asked(_talk(line, "POST", "/orders", _write(line, wanted)))
        if not (said.external_id or said.number or said.refusal):
            raise CourierSilent(detail={"reason": "answer"})
        return said

    def ask(self, line: Connection, key: str, external_id: str) -> Answered:
        """Ask whether the order was taken, and for its number."""
        path = f"/orders/{external_id}" if external_id else "/orders?" + urlencode({"im_number": key})
        return _asked(_talk(line, "GET", path))

    def void(self, line: Connection, external_id: str, number: str) -> Answered:
        """Delete an order that CDEK does not have yet."""
        said = _talk(line, "DELETE", f"/orders/{external_id}")
        found = _asked(said)
        if found.refusal:
            raise CourierRefused(detail={"words": found.refusal})
        return Answered(gone=True)

    def poll(self, line: Connection, number: str) -> list[CourierEvent]:
        """Ask for an order's whole history of statuses, and for the number under which it comes back."""
        said = _talk(line, "GET", "/orders?" + urlencode({"cdek_number": number}))
        entity = as_object(said.get("entity") or {})
        link = _way_home(said, number)
        return [
            _named(number, needed(row, "code", most=64), instant(row, "date_time"), link)
            for row in map(as_object, as_list(entity.get("statuses")))
        ]

    def label(self, line: Connection, external_id: str, number: str) -> bytes | None:
        """Order the barcode form and fetch it; None while it is being drawn."""
        wanted = {"orders": [{"order_uuid": external_id}], "copy_count": 1, "format": "A6"}
        form = as_object(_talk(line, "POST", "/print/barcodes", wanted).get("entity") or {})
        answer = _authorized(line, "GET", f"/print/barcodes/{needed(form, 'uuid')}.pdf")
        return answer.body if answer.is_good and answer.body.startswith(b"%PDF") else None


def _status(said: Object) -> CourierEvent:
    number = needed(said, "cdek_number")
    code, at = needed(said, "code", most=54), instant(said, "status_date_time")
    reason = text(said, "status_reason_code", most=64)
    if said.get("deleted") is True:
        # CDEK takes a status back without saying what stands instead: a person looks, nothing moves by itself.
        return CourierEvent(name_event(number, code, at.isoformat(), "deleted"), number, f"{code} deleted", at)
    link = None
    if said.get("is_return") is True:
        about = next((as_object(row) for row in as_list(said.get("related_entities"))), {})
        left_as = text(about, "cdek_number")
        link = Link(number, left_as) if left_as else None
    return _named(number, code, at, link, reason)


def _problem(said: Object) -> CourierEvent:
    number, code = needed(said, "cdek_number"), f"DELIV_PROBLEM {needed(said, 'code', most=40)}"
    at = instant(said, "create_date")
    return CourierEvent(name_event(number, code, at.isoformat()), number, code, at)


def _named(number: str, code: str, at: datetime, link: Link | None = None, reason: str = "") -> CourierEvent:
    return CourierEvent(name_event(number, code, at.isoformat()), number, code, at, reason=reason, link=link)


def _way_home(said: Object, number: str) -> Link | None:
    rows = [as_object(row) for row in as_list(said.get("related_entities"))]
    homeward = next((row for row in rows if text(row, "type").upper() == "RETURN_ORDER"), {})
    back = text(homeward, "cdek_number")
    return Link(back, number) if back else None


def _talk(line: Connection, method: str, path: str, body: Any = None) -> Object:
    answer = _authorized(line, method, path, body)
    try:
        return read_answer(answer)
    except NotUnderstood:
        raise CourierSilent(detail={"reason": "answer"}) from None


def _authorized(line: Connection, method: str, path: str, body: Any = None) -> Answer:
    """Call with the token; one that is over, or that CDEK does not take any more, is renewed once."""
    if not line.token or line.token_until is None or line.token_until <= line.at + EARLY:
        _renew(line)
    answer = call(line, method, path, body, headers={"Authorization": f"Bearer {line.token}"})
    if answer.status == 401:
        _renew(line)
        answer = call(line, method, path, body, headers={"Authorization": f"Bearer {line.token}"})
    return answer


def _renew(line: Connection) -> None:
    """Get a token by the account and its password. Raises CourierRefused when they are wrong."""
    named = {"grant_type": "client_credentials", "client_id": line.login, "client_secret": line.secret}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = call(line, "POST", "/oauth/token", urlencode(named).encode(), headers=form)
    if not answer.is_good:
        raise CourierRefused(detail={"words": f"oauth {answer.status}"})
    said = read_answer(answer)
    seconds = text(said, "expires_in")
    line.token = needed(said, "access_token", most=4_000)
    line.token_until = line.at + timedelta(seconds=read_whole(seconds, digits=9) or 0)


def _asked(said: Object) -> Answered:
    """Read what became of a request: refused in words, gone, or taken, with a number sooner or later."""
    entity = as_object(said.get("entity") or {})
    requests = [as_object(row) for row in as_list(said.get("requests"))]
    refused = [row for row in requests if text(row, "state") == "INVALID"]
    errors = [as_object(error) for row in [said, *refused] for error in as_list(row.get("errors"))]
    if any(text(error, "code") in NOT_FOUND for error in errors):
        return Answered(gone=True)
    words = "; ".join(text(error, "message", most=200) or text(error, "code") for error in errors)[:300]
    number = text(entity, "cdek_number", most=64)
    refusal = "" if number else (words or ("INVALID" if refused else ""))
    return Answered(text(entity, "uuid", most=64), number, refusal)


def _write(line: Connection, wanted: Consignment) -> dict[str, Any]:
    """Write an order as CDEK's `orders` door reads it. The account's options hold the tariff and where it leaves."""
    options = line.options
    body: dict[str, Any] = {
        "type": ONLINE_SHOP,
        "number": wanted.key,
        "tariff_code": int(options.get("tariff_code") or TO_THE_DOOR),
        "comment": wanted.notes[:255],
        "recipient": {"name": wanted.name or wanted.phone, "phones": [{"number": wanted.phone}]},
        "packages": [_package(box, wanted.currency) for box in wanted.boxes],
    }
    if wanted.email:
        body["recipient"]["email"] = wanted.email
    if wanted.pickup_point:
        body["delivery_point"] = wanted.pickup_point
    else:
        body["to_location"] = _place(wanted)
    if options.get("shipment_point"):
        body["shipment_point"] = str(options["shipment_point"])
    else:
        body["from_location"] = {
            "address": str(options.get("from_address", "")),
            "city": str(options.get("from_city", "")),
        }
    if wanted.cod_minor and wanted.delivery_minor:
        body["delivery_recipient_cost"] = {"value": _sum(wanted.delivery_minor, wanted.currency)}
    return body


def _place(wanted: Consignment) -> dict[str, str]:
    named = {
        "country_code": wanted.country, "region": wanted.region, "city": wanted.city, "postal_code": wanted.postcode,
    }  # fmt: skip
    return {"address": wanted.address} | {name: value for name, value in named.items() if value}


def _package(box: Box, currency: str) -> dict[str, Any]:
    items = [
        {
            "name": one.name[:255], "ware_key": one.sku[:50], "amount": one.pieces, "weight": one.weight_g,
            "cost": _sum(one.price_minor, currency), "payment": {"value": _sum(one.cod_minor, currency)},
        }
        for one in box.pieces
    ]  # fmt: skip
    size = dict(zip(("length", "width", "height"), (ceil(mm / 10) for mm in box.size_mm or ()), strict=False))
    return {"number": box.number, "weight": box.weight_g, "items": items} | size


def _sum(minor: int, currency: str) -> float:
    """Write a sum as the number that CDEK's JSON wants; nothing is counted with it."""
    return float(from_minor(minor, currency))
