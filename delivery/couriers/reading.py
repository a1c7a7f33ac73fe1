"""Reading what couriers send: their JSON with care, their clocks, their texts cleaned."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from delivery.couriers.base import NotUnderstood
from shopdesk.base.strict import clean_text

Object = Mapping[str, Any]


def read_object(body: bytes) -> Object:
    """Read a body that is one JSON object. Raises NotUnderstood."""
    try:
        found = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise NotUnderstood(detail={"what": "json"}) from None
    return as_object(found)


def as_object(value: Any) -> Object:
    """Take a part as an object. Raises NotUnderstood."""
    if not isinstance(value, Mapping):
        raise NotUnderstood(detail={"what": "object"})
    return value


def as_list(value: Any) -> Sequence[Any]:
    """Take a part as a list; nothing is an empty one. Raises NotUnderstood."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotUnderstood(detail={"what": "list"})
    return value


def text(whole: Object, name: str, *, most: int = 100) -> str:
    """Give a text, or a number as text; empty when it is not there. What cannot be seen is taken out, never refused."""
    value = whole.get(name)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = str(value)
    return clean_text(value)[0].strip()[:most] if isinstance(value, str) else ""


def needed(whole: Object, name: str, *, most: int = 100) -> str:
    """Give a text that must be there. Raises NotUnderstood, naming it."""
    value = text(whole, name, most=most)
    if not value:
        raise NotUnderstood(detail={"what": name})
    return value


def instant(whole: Object, name: str) -> datetime:
    """Give a moment with an offset; one without is taken as UTC. Raises NotUnderstood."""
    try:
        found = datetime.fromisoformat(needed(whole, name))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day there are have no hour in some zones
        raise NotUnderstood(detail={"what": name}) from None


def amount(whole: Object, name: str) -> Decimal | None:
    """Give a sum of money as it was written, or None. Raises NotUnderstood."""
    if whole.get(name) in (None, ""):
        return None
    try:
        found = Decimal(needed(whole, name, most=30))
    except InvalidOperation:
        raise NotUnderstood(detail={"what": name}) from None
    if not found.is_finite() or found < 0:
        raise NotUnderstood(detail={"what": name})
    return found


def name_event(*parts: str) -> str:
    """Name an event by what it says: the same said twice, by webhook and by asking, is one event."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]
