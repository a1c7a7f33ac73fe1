"""A channel's secrets: sealed where they lie, opened only to check a signature or to call the shop."""

import secrets
import string
from datetime import datetime

from orders.models import Connection
from shopdesk.base.sealed import seal, unseal

LETTERS = string.digits + string.ascii_letters
LENGTH = 40


def new() -> str:
    """Make a secret to sign with: letters and digits, since some shops take nothing else."""
    return "".join(secrets.choice(LETTERS) for _place in range(LENGTH))


def sealed(channel: str, what: str, text: str) -> str:
    """Seal a secret of a channel; nothing for nothing."""
    return seal(text, purpose=f"channel:{channel}:{what}") if text else ""


def opened(own: Connection, what: str) -> str:
    """Open one of a channel's secrets: secret, old_secret, api_key, api_secret. Raises Unsealable."""
    text: str = getattr(own, what)
    # The former secret was sealed as the secret it then was.
    purpose = "secret" if what == "old_secret" else what
    return unseal(text, purpose=f"channel:{own.pk}:{purpose}") if text else ""


def signing(own: Connection | None, *, at: datetime) -> list[str]:
    """Give the secrets a shop may sign with now: its own, and the former one until its hour has come."""
    if own is None:
        return []
    known = [opened(own, "secret")]
    if own.old_secret_until and own.old_secret_until > at:
        known.append(opened(own, "old_secret"))
    return [secret for secret in known if secret]
