"""Today as the home page shows it: the day so far beside the same weekday a week ago, and a fortnight of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders import feed
from orders.models import Shop
from reports import overview, period, plans
from reports.models import Closing
from reports.overview import Step
from reports.period import Sheet
from reports.plans import Progress
from shopdesk.base.periods import Period, day, shop_day
from shopdesk.base.snapshot import snapshot

A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SoFar:
    """A part of a day: from its beginning to an hour."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """Figures of today so far and of that weekday last week by the same hour; whether yesterday is closed."""

    day: Period
    yesterday: Period
    sheet: Sheet
    week_ago: Sheet
    fortnight: Sequence[Step]
    position: int
    is_yesterday_closed: bool
    plan: Progress  # of the month, of the same moment


def read(*, at: datetime) -> Today:
    """Read the day so far, all of one moment."""
    shop = Shop.current()
    on = shop_day(at, shop.zone, shop.day_cutoff)
    today, yesterday, week_ago = (
        day(on - timedelta(days=back), shop.zone, shop.day_cutoff) for back in (0, 1, A_WEEK.days)
    )
    # By elapsed time: beside a change of clocks "the same hour" is told by how long the shop has been open.
    same_hour = SoFar(week_ago.start, min(week_ago.start + (at - today.start), week_ago.end))
    feed.publish()
    with snapshot() as alias:
        as_of = period.known(0, alias)
        return Today(
            day=today,
            yesterday=yesterday,
            sheet=period.measure([today], as_of, alias)[0],
            week_ago=period.measure([same_hour], as_of, alias)[0],
            fortnight=overview.course(overview.fortnight(on, today), as_of, alias),
            position=as_of.position,
            plan=plans.read_in(on, as_of, alias, at=at),
            is_yesterday_closed=Closing.objects.using(alias).filter(end=yesterday.end).exists(),
        )
