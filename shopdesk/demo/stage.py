"""What every deed of the demo needs: who does it, in which shop, and chance that repeats itself."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders.models import Shop
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.periods import shop_day
from shopdesk.demo import buyers
from shopdesk.demo.buyers import Buyer

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(slots=True)
class Stage:
    """The shop, its people by the first part of their e-mail, and what the desk refused while it was made."""

    shop: Shop
    seed: int
    people: Mapping[str, int]
    location: str
    bins: Mapping[str, str]  # SKU -> bin
    refused: list[str] = field(default_factory=list)

    def actor(self, name: str) -> Actor:
        """Give somebody as the journal names them."""
        return Actor("person", self.people[name])

    def day(self, at: datetime) -> date:
        """Give the shop's day of an instant."""
        return shop_day(at, self.shop.zone, self.shop.day_cutoff)

    def clock(self, on: date, hour: time) -> datetime:
        """Give an instant by the shop's clock."""
        return datetime.combine(on, hour, ZoneInfo(self.shop.zone))

    def dice(self, *about: object) -> random.Random:
        """Give chance that is the same for the same subject, whenever it is asked."""
        return random.Random(":".join(map(str, (self.seed, *about))))  # noqa: S311  # made-up trade, no secret

    def buyer(self, number: int) -> Buyer:
        """Give an invented person, the same for the same number."""
        return buyers.buyer(self.seed, number % buyers.HOW_MANY, self.shop.country)

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Do what the desk may refuse, as it refuses people; refusals are counted and shown at the end."""
        try:
            deed()
        except DomainError as refusal:
            self.refused.append(f"{type(refusal).__name__}: {refusal}")
            return False
        return True


Deed = Callable[[Stage, datetime, random.Random], None]
