"""Paths of reports: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path

from reports import api as doors

pages: list[URLPattern | URLResolver] = []
api: list[URLPattern | URLResolver] = [
    path("reports/period", doors.PeriodReport.as_view(), name="reports-period"),
    path("reports/period.csv", doors.PeriodCsv.as_view(), name="reports-period-csv"),
    path("reports/period.xlsx", doors.PeriodXlsx.as_view(), name="reports-period-xlsx"),
    path("reports/funnel", doors.FunnelReport.as_view(), name="reports-funnel"),
    path("reports/funnel/rows", doors.FunnelRows.as_view(), name="reports-funnel-rows"),
    path("reports/money", doors.MoneyReport.as_view(), name="reports-money"),
    path("reports/money/rows", doors.MoneyRows.as_view(), name="reports-money-rows"),
    path("reports/closings", doors.Closings.as_view(), name="reports-closings"),
    path("reports/closings/<int:closing_id>/restated", doors.Restated.as_view(), name="reports-restated"),
]
