"""Our own couriers: people with a page on their phones. They have no machine to speak with."""

from datetime import datetime

from delivery.couriers.base import Answered, Connection, Consignment, CourierEvent, NotOffered, NotSigned, Signed


class Own:
    """No webhooks, no waybills: a parcel's own number is all they need."""

    makes_waybills = False
    can_be_polled = False
    code_list = ""

    def check(self, message: Signed, secret: str, *, at: datetime) -> None:
        """Refuse: nobody sends webhooks for our own couriers."""
        raise NotSigned

    def read(self, body: bytes) -> list[CourierEvent]:
        """Read nothing."""
        return []

    def make(self, line: Connection, wanted: Consignment, *, again: bool) -> Answered:
        """Raise NotOffered."""
        raise NotOffered

    def ask(self, line: Connection, key: str, external_id: str) -> Answered:
        """Raise NotOffered."""
        raise NotOffered

    def void(self, line: Connection, external_id: str, number: str) -> Answered:
        """Raise NotOffered."""
        raise NotOffered

    def poll(self, line: Connection, number: str) -> list[CourierEvent]:
        """Raise NotOffered."""
        raise NotOffered

    def label(self, line: Connection, external_id: str, number: str) -> bytes | None:
        """Raise NotOffered."""
        raise NotOffered
