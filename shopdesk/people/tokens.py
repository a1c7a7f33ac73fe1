"""Keys of machines and people: made once, shown once, kept as a hash (SEC-20)."""

import hashlib
import hmac
import secrets
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.inpassing import in_passing
from shopdesk.base.prepared import Reading
from shopdesk.people import scopes
from shopdesk.people.models import ApiToken, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

BASE62 = string.digits + string.ascii_letters
CHANNEL_LENGTH = 32  # clients of the v5 protocol refuse keys of any other length
SHORTEST_PREFIX = 12  # kept readable, to find the row by; 20 characters, 119 bits, stay secret
IN_FORCE = Reading(
    ApiToken,
    "WHERE t.prefix {texts} AND (t.expires_at IS NULL OR t.expires_at > %s) "
    "AND (t.revoked_at IS NULL OR t.revoked_at > %s)",
)
MARK = "sdk_live_"
BODY_LENGTH = 43  # 256 bits
PREFIX = len(MARK) + 7
SEEN_EVERY = timedelta(minutes=1)  # `last_used_at` is for people to read, not worth a write a request


class UnknownAddress(DomainError):
    """Neither an address nor a network."""

    sentence = _("%(address)s is no network address.")
    next_step = _("Write one such as 203.0.113.7, or a network such as 203.0.113.0/24.")


@dataclass(frozen=True, slots=True)
class Terms:
    """How far a key goes: its scopes (none: all that its owner may), from where, until when, instead of which."""

    scopes: Sequence[str] = ()
    addresses: Sequence[str] = ()
    expires_at: datetime | None = None
    replaces: ApiToken | None = None


ALL = Terms()


def make(
    *, name: str, kind: str, code: str = "", user: User | None = None, terms: Terms = ALL, at: datetime
) -> tuple[ApiToken, str]:
    """Make a key. Gives the row and the text, which is not kept anywhere. Raises UnknownScope, UnknownAddress."""
    text = _channel_text() if kind == ApiToken.Owner.CHANNEL else _checked_text()
    row = ApiToken.objects.create(
        name=name, kind=kind, code=code, user=user, scopes=scopes.check(terms.scopes),
        addresses=check_addresses(terms.addresses), expires_at=terms.expires_at, replaces=terms.replaces,
        prefix=_prefix(text), secret_hash=hashed(text), created_at=at,
    )  # fmt: skip
    return row, text


def find(text: str, *, at: datetime, address: str = "") -> ApiToken | None:
    """Give the key in force at that minute and for that address, or None. Compared in constant time."""
    if not _is_whole(text):
        return None
    wanted = hashed(text)
    likely = IN_FORCE.all({text[:SHORTEST_PREFIX], _prefix(text)}, at, at)
    token = next((one for one in likely if hmac.compare_digest(one.secret_hash, wanted)), None)
    if token is None or (token.user is not None and not token.user.is_active):
        return None
    return token if not token.addresses or is_among(address, token.addresses) else None


def see(token: ApiToken, *, at: datetime) -> None:
    """Keep when a key was last used, to the minute. Its first use is noted in the trail, once.

    While the database takes nothing it is left for the next time: whoever reads is served.
    """
    if token.last_used_at is None:
        with in_passing():
            note_first_use(token, at=at)
    elif at - token.last_used_at > SEEN_EVERY:
        with in_passing():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)


@transaction.atomic
def note_first_use(token: ApiToken, *, at: datetime) -> None:
    """Note that a key came for the first time; of two requests at once one does."""
    if ApiToken.objects.filter(pk=token.pk, last_used_at=None).update(last_used_at=at):
        note(Note(Deed.TOKEN_FIRST_USED, ("token", token.pk)), by=token.subject.actor, at=at)


def check_addresses(addresses: Sequence[str]) -> list[str]:
    """Give the networks as they are kept. Raises UnknownAddress."""
    return [str(_network(address)) for address in dict.fromkeys(addresses)]


def is_among(address: str, networks: Sequence[str]) -> bool:
    """Tell whether an address lies in one of the networks. What is no address lies in none."""
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(asked, "ipv4_mapped", None)
    return any((mapped or asked) in ip_network(network) for network in networks)


def hashed(text: str) -> str:
    """Give the SHA-256 of a key. A 190-bit random text needs no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def _network(address: str) -> object:
    try:
        return ip_network(address.strip(), strict=False)
    except ValueError:
        raise UnknownAddress(detail={"address": address[:60]}) from None


def _channel_text() -> str:
    return "".join(secrets.choice(BASE62) for _ in range(CHANNEL_LENGTH))


def _checked_text() -> str:
    """256 random bits with a mark and a checksum, so that scanners of code and logs find leaked ones."""
    body = "".join(secrets.choice(BASE62) for _ in range(BODY_LENGTH))
    return f"{MARK}{body}{_checksum(body)}"


def _is_whole(text: str) -> bool:
    """Tell whether a text can be a key at all, without asking the database."""
    if text.startswith(MARK):
        body = text[len(MARK) : -8]
        return len(body) == BODY_LENGTH and text.isascii() and text[-8:] == _checksum(body)
    return len(text) == CHANNEL_LENGTH and text.isascii() and text.isalnum()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _prefix(text: str) -> str:
    return text[: PREFIX if text.startswith(MARK) else SHORTEST_PREFIX]
