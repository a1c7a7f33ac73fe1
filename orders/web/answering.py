"""How orders' pages answer: as those of every desk."""

from shopdesk.base.answering import answer, done, is_htmx

__all__ = ["answer", "done", "is_htmx"]
