"""Cash on delivery: what became of the money that couriers took on some days, and how old is what is still out."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from reports import workfacts
from reports.figures import Figure, Part
from reports.section import Rate, Section
from shopdesk.base.periods import Period, between

AGES = (3, 7, 14, 30)  # days, the last one in each; beyond a week somebody has to ask for it
EVER = timedelta(days=3_650)
TAKEN, HOME, FEES = (Part(workfacts.COD, name) for name in ("taken", "home", "fees"))

SECTION = Section(
    "cod",
    _("Cash on delivery"),
    (
        Figure("taken", _("Taken at the door"), (TAKEN,)),
        Figure("out", _("Still out"), (TAKEN, HOME.off, FEES.off)),
        Figure("home", _("Came home"), (HOME,)),
        Figure("fees", _("Couriers' fees"), (FEES,)),
    ),
    {
        "taken": _("The base: money that couriers took for us on these days, as it stands after corrections."),
        "home": _("Of this money, what was paid out to us, whenever that was."),
        "fees": _("Of this money, what couriers kept for themselves."),
        "out": _("Of this money, what is still with couriers or the bank as far as the desk knows."),
    },
    ("age", "courier", "channel"),
    rates=(
        Rate("home_share", _("Came home"), _("Of the money taken on these days, the share that came home."),
             ("home",), ("taken",), is_money=True),
        Rate("out_share", _("Still out"), _("Of the money taken on these days, the share that is still out."),
             ("taken",), ("taken",), less=("home", "fees"), is_money=True),
    ),
    more_is_worse=frozenset({"out", "fees"}),
    by_age=True,
)  # fmt: skip


def ages(days: Period) -> Sequence[tuple[str, str, Period]]:
    """Cut days into ages as of their end, the youngest first: a code, a name, the days. None is empty."""
    found, until = [], days.to_on
    for least, most in zip((0, *AGES), (*AGES, None), strict=True):
        since = days.from_on if most is None else max(days.from_on, days.to_on - timedelta(days=most))
        if since < until:
            found.append((f"{least}", _named(least, most), between(since, until, days.zone, days.cutoff)))
            until = since
    return found


def ever(days: Period) -> Period:
    """Give all days up to the end of these."""
    return between(min(days.to_on - EVER, days.from_on), days.to_on, days.zone, days.cutoff)


def _named(least: int, most: int | None) -> str:
    if most is None:
        return pgettext("age", "more than %(days)s days") % {"days": least}
    if not least:
        return pgettext("age", "up to %(days)s days") % {"days": most}
    return pgettext("age", "%(first)s to %(last)s days") % {"first": least + 1, "last": most}
