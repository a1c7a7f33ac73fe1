"""What keeping the figures costs beside intake: the sweep's time for so many orders, of the time it took to take them.

Intake itself writes nothing for the figures; a sweep reads the feed and appends what the days' sums changed by. Were it
to run in the same process, intake would be slower by this share (speed.md, row 6).
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from orders.models import Shop
from reports import folding, rollups
from shopdesk.base.periods import shop_day
from shopdesk.bench import paths

GATE = 0.10


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians over the rounds."""

    orders: int
    intake_ms: float  # an order
    sweep_ms: float  # an order
    share: float

    @property
    def words(self) -> str:
        """Say it in a line."""
        verdict = "met" if self.share <= GATE else "missed"
        return (
            f"keeping the figures of {self.orders} orders: {self.sweep_ms:.2f} ms an order beside {self.intake_ms:.2f} "
            f"of intake, {self.share:.1%}  6: {verdict}"
        )


def catch_up() -> int:
    """Keep the figures of all that was learnt, and fold them. Gives how many places of the feed were passed."""
    passed = 0
    while done := rollups.sweep():
        passed += done
    shop = Shop.current()
    while folding.fold(before=shop_day(timezone.now(), shop.zone, shop.day_cutoff)):
        pass
    return passed


def cost(*, orders: int, rounds: int) -> Cost:
    """Take orders in one by one, then sweep, in turn."""
    catch_up()
    take = paths.take(1)
    told = []
    for _round in range(rounds):
        intake = _seconds(take, orders)
        sweep = _seconds(rollups.sweep, 1)
        told.append((intake / orders * 1_000, sweep / orders * 1_000, sweep / intake))
    return Cost(orders, *(round(statistics.median(column), 4) for column in zip(*told, strict=True)))


def _seconds(act: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _time in range(times):
        act()
    return time.perf_counter() - began
