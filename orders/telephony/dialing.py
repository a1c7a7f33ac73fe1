"""Dialling: one small protocol, an adapter for each way in which shops dial."""

import json
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from orders.models import PhoneLine, PhoneSeat
from orders.telephony.lines import line
from shopdesk.base import outgoing
from shopdesk.base.errors import DomainError


class NoSeat(DomainError):
    """The provider has to know whose telephone shall ring."""

    sentence = _("You have no extension yet, so nothing can be dialled for you.")
    next_step = _("The owner enters it on the page of the telephone; until then dial by hand.")


class DialFailed(DomainError):
    """The provider did not take the request."""

    sentence = _("The telephone provider did not take the call.")
    next_step = _("Dial by hand, and tell the owner.")


@dataclass(frozen=True, slots=True)
class Way:
    """How this person rings a number: an address, or (without one) a request that the desk makes.

    `opens`: the address is a page and not a telephone's own.
    """

    href: str
    opens: bool = False


class Dialer(Protocol):
    """What a way of dialling can do. `seat` is the caller's extension, empty when they have none."""

    def way(self, phone: str, seat: str) -> Way:
        """Say how the page lets somebody ring."""

    def ring(self, phone: str, seat: str) -> None:
        """Have the provider ring, where the desk asks it to. Never inside a transaction. Raises DialFailed."""


@dataclass(frozen=True, slots=True)
class OwnTelephone:
    """The caller's own telephone or softphone: tel:."""

    def way(self, phone: str, seat: str) -> Way:
        """A tel: address."""
        return Way(f"tel:{phone}")

    def ring(self, phone: str, seat: str) -> None:
        """Nothing to ask of anybody: the browser opens the address."""


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """A page of the provider that dials when it is opened."""

    address: str

    def way(self, phone: str, seat: str) -> Way:
        """The provider's page for this number."""
        return Way(fill(self.address, phone, seat), opens=True)

    def ring(self, phone: str, seat: str) -> None:
        """Nothing to ask of anybody: the browser opens the page."""


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """Any provider that takes an HTTP request: it rings the caller's extension, then the customer."""

    address: str
    rules: outgoing.Rules | None = None

    def way(self, phone: str, seat: str) -> Way:
        """The desk asks by itself."""
        return Way("")

    def ring(self, phone: str, seat: str) -> None:
        """Ask the provider to connect the two. Raises NoSeat, DialFailed."""
        if not seat:
            raise NoSeat
        body = json.dumps({"phone": phone, "seat": seat}).encode()
        try:
            answer = outgoing.send(
                "POST", fill(self.address, phone, seat), headers={"Content-Type": "application/json"}, body=body,
                rules=self.rules,
            )  # fmt: skip
        except (outgoing.AddressRefused, outgoing.NotAnswered):
            raise DialFailed from None
        if not answer.is_good:
            raise DialFailed


def fill(address: str, phone: str, seat: str) -> str:
    """Put a number and an extension into a provider's address."""
    return address.replace("{phone}", quote(phone.lstrip("+"), safe="")).replace("{seat}", quote(seat, safe=""))


def dialer(own: PhoneLine) -> Dialer:
    """Give the adapter of the shop's way of dialling."""
    if own.dials == PhoneLine.Dials.REQUEST:
        return ProviderRequest(own.address)
    return ProviderPage(own.address) if own.dials == PhoneLine.Dials.LINK else OwnTelephone()


TEL: Final = OwnTelephone()


def way_of(phone: str, person: int) -> Way:
    """Say how this person rings a number from a page."""
    own = line()
    return dialer(own).way(phone, _seat_of(person)) if own.dials != PhoneLine.Dials.TEL else TEL.way(phone, "")


def ring(phone: str, person: int) -> None:
    """Have the provider ring a number for this person. Raises NoSeat, DialFailed."""
    dialer(line()).ring(phone, _seat_of(person))


def _seat_of(person: int) -> str:
    seat = PhoneSeat.objects.filter(person=person).first()
    return seat.code if seat else ""
