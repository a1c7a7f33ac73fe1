"""The reports' own tables, in one import path."""

from reports.models.books import Closing, Reopening
from reports.models.plans import MonthPlan, PlanShare
from reports.models.rollups import FigureDelta, FigureHead, Span
from reports.models.sending import ReportLetter, Subscription

__all__ = [
    "Closing", "FigureDelta", "FigureHead", "MonthPlan", "PlanShare", "ReportLetter", "Reopening", "Span",
    "Subscription",
]  # fmt: skip
