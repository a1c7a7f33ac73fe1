"""Reports without what goods cost, for those whom the owner does not let see it."""

from collections.abc import Set
from dataclasses import replace

from reports.period import Closed, Report, Sheet
from shopdesk.base import masks
from shopdesk.base.access import Subject
from shopdesk.base.errors import Missing

COSTS = frozenset({"cost_of_goods", "margin", "delivery_cost", "delivery_vat", "contribution"})
NONE: Set[str] = frozenset()


def hidden(subject: Subject) -> Set[str]:
    """Give the codes of the figures that are not this subject's to see."""
    return NONE if masks.sees(subject, "report.cost") else COSTS


def refuse_hidden(subject: Subject, figure: str) -> None:
    """Refuse the rows behind a figure that is not theirs. Raises Missing, as for a figure that does not exist."""
    if figure in hidden(subject):
        raise Missing


def masked(report: Report, subject: Subject) -> Report:
    """Give the report as this subject sees it."""
    codes = hidden(subject)
    if not codes:
        return report
    closed = report.closed
    return replace(
        report,
        sheet=masked_sheet(report.sheet, subject),
        compared=(report.compared[0], masked_sheet(report.compared[1], subject)) if report.compared else None,
        groups=[(days, masked_sheet(sheet, subject)) for days, sheet in report.groups],
        closed=closed and _masked_closed(closed, subject),
    )


def masked_sheet(sheet: Sheet, subject: Subject) -> Sheet:
    """Give one sheet without the hidden figures."""
    codes = hidden(subject)
    money = {
        currency: {code: value for code, value in sums.items() if code not in codes}
        for currency, sums in sheet.money.items()
    }
    return Sheet(sheet.funnel, money)


def _masked_closed(closed: Closed, subject: Subject) -> Closed:
    return replace(
        closed, sheet=masked_sheet(closed.sheet, subject), restated=masked_sheet(closed.restated, subject)
    )  # fmt: skip
