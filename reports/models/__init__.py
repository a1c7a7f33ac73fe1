"""The reports' own tables, in one import path."""

from reports.models.books import Closing, Reopening

__all__ = ["Closing", "Reopening"]
