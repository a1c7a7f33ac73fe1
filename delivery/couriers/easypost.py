"""EasyPost trackers: the body of its event with everything the tracker knows so far.

Source: EasyPost's published webhook and tracker examples. `tracking_details` is the whole history each time, so each
detail is named by what it says and counts once, however often it is repeated.
"""

import unicodedata
from datetime import datetime

from delivery.couriers.base import CourierEvent, Signed
from delivery.couriers.own import Own
from delivery.couriers.reading import Object, as_list, as_object, instant, name_event, needed, read_object, text
from delivery.couriers.signing import check_hex

PREFIX = "hmac-sha256-hex="


class EasyPost(Own):
    """Tracking alone: its waybills are made with it by other means."""

    code_list = "easypost"

    def check(self, message: Signed, secret: str, *, at: datetime) -> None:
        """Check `X-Hmac-Signature` over the body. Raises NotSigned."""
        given = message.headers.get("x-hmac-signature", "").removeprefix(PREFIX)
        check_hex(given, message, unicodedata.normalize("NFKD", secret))

    def read(self, body: bytes) -> list[CourierEvent]:
        """Read a tracker's history; an event about anything else gives none. Raises NotUnderstood."""
        whole = read_object(body)
        tracker = as_object(whole.get("result") or {})
        if text(tracker, "object") != "Tracker":
            return []
        number = needed(tracker, "tracking_code")
        return [_event(number, as_object(detail)) for detail in as_list(tracker.get("tracking_details"))]


def _event(number: str, detail: Object) -> CourierEvent:
    code, at = needed(detail, "status", most=64), instant(detail, "datetime")
    event_id = name_event(number, code, at.isoformat(), text(detail, "message", most=300))
    return CourierEvent(event_id, number, code, at, reason=_reason(detail))


def _reason(detail: Object) -> str:
    """Keep the finer status where it says more than the status itself."""
    finer = text(detail, "status_detail", most=64)
    return "" if finer in {"", "unknown"} else finer
