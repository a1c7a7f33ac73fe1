"""Talking with couriers' machines by HTTP: JSON there, JSON back, silence and refusals told apart."""

import json
from collections.abc import Mapping
from typing import Any

from delivery.couriers.base import Connection, CourierRefused, CourierSilent
from delivery.couriers.reading import Object, read_object
from shopdesk.base.outgoing import AddressRefused, Answer, NotAnswered, send

MISSING = (404, 410)
BUSY = (408, 425, 429)


def call(line: Connection, method: str, path: str, body: Any = None, *, headers: Mapping[str, str]) -> Answer:
    """Call a path below the account's address; a body of bytes goes as it is, anything else as JSON.

    Raises CourierSilent when the same is to be asked again later, CourierRefused for an address that nobody may call.
    """
    named = dict(headers)
    raw = body if isinstance(body, bytes) else b""
    if body is not None and not isinstance(body, bytes):
        raw, named["Content-Type"] = json.dumps(body, ensure_ascii=False).encode(), "application/json"
    try:
        answer = (line.send or send)(method, line.address.rstrip("/") + path, headers=named, body=raw)
    except NotAnswered as silence:
        raise CourierSilent(detail=silence.detail) from None
    except AddressRefused as refused:
        raise CourierRefused(detail={"words": str(refused)}) from None
    if answer.status >= 500 or answer.status in BUSY or answer.cut:
        raise CourierSilent(detail={"reason": str(answer.status)})
    return answer


def read_answer(answer: Answer) -> Object:
    """Read an answer's object; an empty one is empty. Raises NotUnderstood."""
    return read_object(answer.body) if answer.body.strip() else {}
