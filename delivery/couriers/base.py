"""What every courier's adapter can do, and the words in which it speaks with the desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.outgoing import Answer

Send = Callable[..., Answer]  # `shopdesk.base.outgoing.send`, or a stand-in's


class NotUnderstood(DomainError):
    """The courier said something that is not in its own language. `what`: a stable word."""

    sentence = _("What the courier sent cannot be read (%(what)s).")


class NotSigned(DomainError):
    """The signature of a webhook is missing, wrong or too old."""

    sentence = _("The signature is missing or wrong.")


class CourierSilent(DomainError):
    """The courier's machine does not answer, or is too busy: the same is asked again later."""

    sentence = _("The courier does not answer (%(reason)s).")


class CourierRefused(DomainError):
    """The courier said no. `words`: its own."""

    sentence = _("The courier refuses: %(words)s")


class NotOffered(DomainError):
    """This courier's language has no word for that."""

    sentence = _("This courier does not offer that.")


@dataclass(frozen=True, slots=True)
class Link:
    """A parcel that left under one number travels home under another."""

    number: str
    follows: str


@dataclass(frozen=True, slots=True)
class CourierEvent:
    """One thing a courier says. `parcel` is our number or the waybill; `delivered` lists pieces kept by SKU.

    Without `delivered` a delivery is whole; with it, what it does not list is coming back. `cod_taken` is as written,
    in the order's currency; without it a delivery took what was due. `link`: the number of the way back.
    """

    event_id: str
    parcel: str
    code: str
    at: datetime
    cod_taken: Decimal | None = None
    delivered: Sequence[tuple[str, int]] | None = None
    reason: str = ""
    correction: bool = False
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A webhook as it came: its raw body, its headers in lower case, and the last part of its path."""

    body: bytes
    headers: Mapping[str, str]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Pieces of one line in a parcel; money in minor units."""

    sku: str
    name: str
    pieces: int
    price_minor: int  # of one piece, as it was sold
    cod_minor: int  # of one piece, to be taken at the door
    weight_g: int


@dataclass(frozen=True, slots=True)
class Box:
    """A sealed parcel."""

    number: str
    weight_g: int
    size_mm: tuple[int, int, int] | None
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Consignment:
    """What is to be carried: to whom, where, and what is to be taken there."""

    key: str
    name: str
    phone: str
    email: str
    country: str
    region: str
    city: str
    postcode: str
    address: str
    notes: str
    method: str
    pickup_point: str
    promised_on: date | None
    slot: str
    currency: str
    cod_minor: int
    declared_minor: int
    delivery_minor: int  # the part of `cod_minor` that is for the delivery itself
    boxes: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a courier answered about a waybill: its own id, and the number as soon as there is one."""

    external_id: str = ""
    number: str = ""
    refusal: str = ""
    gone: bool = False  # there is no such waybill, or it was taken back


@dataclass(slots=True)
class Connection:
    """One courier's account, opened: secrets in the clear, for as long as one talk lasts."""

    address: str
    login: str
    secret: str
    at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""  # good until `token_until`; an adapter that gets a new one leaves it here
    token_until: datetime | None = None
    send: Send | None = None


class Adapter(Protocol):
    """One courier's language."""

    makes_waybills: bool
    can_be_polled: bool
    code_list: str  # the list of `codes/` that explains its codes, empty when it uses the desk's own words

    def check(self, message: Signed, secret: str, *, at: datetime) -> None:
        """Prove that the courier sent it. Raises NotSigned."""

    def read(self, body: bytes) -> list[CourierEvent]:
        """Read a webhook; a body about something else gives no event. Raises NotUnderstood."""

    def make(self, line: Connection, wanted: Consignment, *, again: bool) -> Answered:
        """Ask for a waybill; `again`: the answer to an earlier request is not known, so look before asking.

        Raises CourierSilent, CourierRefused.
        """

    def ask(self, line: Connection, key: str, external_id: str) -> Answered:
        """Ask what became of a request. Raises CourierSilent, CourierRefused."""

    def void(self, line: Connection, external_id: str, number: str) -> Answered:
        """Take a waybill back; one that is gone already is taken back. Raises CourierSilent, CourierRefused."""

    def poll(self, line: Connection, number: str) -> list[CourierEvent]:
        """Ask for all news of a waybill. Raises CourierSilent, CourierRefused, NotUnderstood."""

    def label(self, line: Connection, external_id: str, number: str) -> bytes | None:
        """Give the courier's own label as PDF; None while it is being made. Raises CourierSilent, CourierRefused."""
