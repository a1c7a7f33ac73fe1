"""Tables that are written by hand: what stands in them is escaped, whatever somebody named a product or a channel."""

from reports.web import cells
from reports.web.cells import Cell, Change, Shown

BAD = '"><script>alert(1)</script>&'
GOOD = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;"


def test_everything_in_a_table_is_escaped():
    shown = Shown(BAD, BAD, BAD, BAD, BAD, BAD, BAD, Change(BAD, BAD))
    for text in (
        cells.written([Cell(BAD, BAD, BAD, BAD), Cell(BAD, "", BAD)]),
        cells.figure_row(shown, BAD, BAD),
        cells.bar(shown, BAD, BAD, BAD, explains=True),
        cells.bar(shown, BAD, BAD, BAD, explains=False),
    ):
        assert "<script" not in text
        assert text.count(GOOD) >= 4
