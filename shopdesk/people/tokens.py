"""Keys of machines and people: made once, shown once, kept as a hash."""

import hashlib
import secrets
import string
import zlib
from datetime import datetime

from django.db.models import Q

from shopdesk.people.models import ApiToken, User

BASE62 = string.digits + string.ascii_letters
CHANNEL_LENGTH = 32  # clients of the v5 protocol refuse keys of any other length
PREFIX_SHOWN = 12


def make(
    *, name: str, kind: str, code: str = "", user: User | None = None, scopes: list[str] | None = None, at: datetime
) -> tuple[ApiToken, str]:
    """Make a token. Gives the row and the text, which is not kept anywhere."""
    text = _channel_text() if kind == ApiToken.Owner.CHANNEL else _checked_text()
    row = ApiToken.objects.create(
        name=name, kind=kind, code=code, user=user, scopes=scopes or [], prefix=text[:PREFIX_SHOWN],
        secret_hash=hashed(text), created_at=at,
    )  # fmt: skip
    return row, text


def find(text: str, *, at: datetime) -> ApiToken | None:
    """Give the token in force at that minute, or None. What it looks up is a hash: nothing is compared bit by bit."""
    in_force = (Q(expires_at=None) | Q(expires_at__gt=at)) & (Q(revoked_at=None) | Q(revoked_at__gt=at))
    token = ApiToken.objects.select_related("user").filter(in_force, secret_hash=hashed(text)).first()
    if token is not None and token.user is not None and not token.user.is_active:
        return None
    return token


def hashed(text: str) -> str:
    """Give the SHA-256 of a token. A 190-bit random text needs no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def _channel_text() -> str:
    return "".join(secrets.choice(BASE62) for _ in range(CHANNEL_LENGTH))


def _checked_text() -> str:
    """256 random bits with a name and a checksum, so that scanners of code and logs find leaked ones."""
    body = "".join(secrets.choice(BASE62) for _ in range(43))
    return f"sdk_live_{body}{zlib.crc32(body.encode()):08x}"
