"""Paths of reports: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path, register_converter

from reports.api import periods as doors
from reports.api import plans as plan_doors
from reports.api import sections as section_doors
from reports.sections import SECTIONS
from reports.web import books, cash, papers, periods, plans, rows, sectionfiles, sections, subscriptions


class SectionConverter:
    """A section of the report, by its code."""

    regex = "|".join(SECTIONS)

    def to_python(self, value: str) -> str:
        """Give the code."""
        return value

    def to_url(self, value: str) -> str:
        """Give the code."""
        return value


class EndingConverter:
    """The ending of a file's name."""

    regex = "csv|xlsx|pdf"

    def to_python(self, value: str) -> str:
        """Give the ending."""
        return value

    def to_url(self, value: str) -> str:
        """Give the ending."""
        return value


register_converter(SectionConverter, "section")
register_converter(EndingConverter, "ending")

pages: list[URLPattern | URLResolver] = [
    path("reports", periods.show_period, name="reports"),
    path("reports/period.csv", periods.give_csv, name="reports-csv"),
    path("reports/period.xlsx", periods.give_xlsx, name="reports-xlsx"),
    path("reports/period.pdf", papers.give_pdf, name="reports-pdf"),
    path("reports/rows", rows.show_rows, name="reports-rows"),
    path("reports/rows.csv", sections.give_rows, name="reports-rows-csv"),
    path("reports/<section:section>", sections.show_section, name="reports-section"),
    path("reports/<section:section>.<ending:ending>", sectionfiles.give_file, name="reports-section-file"),
    path("reports/closings/<int:closing_id>/restated", rows.show_restated, name="reports-restated"),
    path("reports/cash", cash.show_cash, name="reports-cash"),
    path("reports/plan", plans.see_or_set, name="reports-plan"),
    path("reports/subscriptions", subscriptions.see_or_subscribe, name="reports-subscriptions"),
    path("reports/subscriptions/<int:subscription_id>", subscriptions.change, name="reports-subscription"),
    path("reports/subscriptions/<int:subscription_id>/test", subscriptions.try_out, name="reports-subscription-test"),
    path("reports/letters/<slug:code>", subscriptions.show_letter, name="reports-letter"),
    path("reports/letters/<slug:code>/settlement", subscriptions.settle, name="reports-letter-settlement"),
    path("reports/letters/<slug:code>/<str:part>", subscriptions.give_part, name="reports-letter-part"),
    path("reports/books", books.see_or_ask, name="reports-books"),
    path("reports/books/<int:reopening_id>/agreement", books.agree, name="reports-books-agree"),
    path("reports/books/<int:reopening_id>/drop", books.drop, name="reports-books-drop"),
]
api: list[URLPattern | URLResolver] = [
    path("reports/period", doors.PeriodReport.as_view(), name="reports-period"),
    path("reports/period.csv", doors.PeriodCsv.as_view(), name="reports-period-csv"),
    path("reports/period.xlsx", doors.PeriodXlsx.as_view(), name="reports-period-xlsx"),
    path("reports/funnel", section_doors.FunnelOrApart.as_view(), name="reports-funnel"),
    path("reports/funnel/rows", section_doors.FunnelRows.as_view(), {"section": "funnel"}, name="reports-funnel-rows"),
    path("reports/money", section_doors.MoneyOrApart.as_view(), name="reports-money"),
    path("reports/money/rows", section_doors.MoneyRows.as_view(), {"section": "money"}, name="reports-money-rows"),
    path("reports/<section:section>", section_doors.SectionReport.as_view(), name="reports-section"),
    path("reports/<section:section>/rows", section_doors.SectionRows.as_view(), name="reports-section-rows"),
    path("reports/plans/<slug:month>", plan_doors.MonthPlans.as_view(), name="reports-plan"),
    path("reports/closings", doors.Closings.as_view(), name="reports-closings"),
    path("reports/closings/<int:closing_id>/restated", doors.Restated.as_view(), name="reports-restated"),
]
