"""Signatures of couriers' webhooks, always over the raw bytes."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta

from delivery.couriers.base import NotSigned, Signed

WINDOW = timedelta(seconds=300)


def check_standard(message: Signed, secret: str, *, at: datetime) -> None:
    """Check a signature as Standard Webhooks writes it: id, time and body, the time within five minutes.

    Raises NotSigned.
    """
    said = message.headers.get("webhook-timestamp", "")
    if not (said.isascii() and said.isdigit() and len(said) < 12) or not secret:
        raise NotSigned
    if abs(at.timestamp() - int(said)) > WINDOW.total_seconds():
        raise NotSigned
    signed = f"{message.headers.get('webhook-id', '')}.{said}.".encode() + message.body
    wanted = base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()
    given = [part.partition(",")[2] for part in message.headers.get("webhook-signature", "").split()[:10]]
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
        raise NotSigned


def check_hex(given: str, message: Signed, secret: str) -> None:
    """Check an HMAC-SHA256 written in hex. Raises NotSigned."""
    wanted = hmac.new(secret.encode(), message.body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise NotSigned


def check_key(message: Signed, secret: str) -> None:
    """Check the secret that stands in the path, for couriers who sign nothing. Raises NotSigned."""
    if not secret or not hmac.compare_digest(message.key.encode(), secret.encode()):
        raise NotSigned


def _key(secret: str) -> bytes:
    """Give the bytes of a secret, `whsec_…` or plain."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise NotSigned from None
