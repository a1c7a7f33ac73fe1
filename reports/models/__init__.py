"""The reports' own tables, in one import path."""

from reports.models.books import Closing, Reopening
from reports.models.rollups import FigureDelta, FigureHead, Span

__all__ = ["Closing", "FigureDelta", "FigureHead", "Reopening", "Span"]
