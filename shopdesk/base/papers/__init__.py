"""Papers as PDF: what is written comes in as words and figures, how it looks stands in the sheets beside this file."""

from shopdesk.base.papers.acts import ActLine, ActPaper, act
from shopdesk.base.papers.bars import bars
from shopdesk.base.papers.drawing import breakable, draw, forget, png
from shopdesk.base.papers.joining import join

__all__ = ["ActLine", "ActPaper", "act", "bars", "breakable", "draw", "forget", "join", "png"]
