"""Cells of tables of figures, written at once: a month has hundreds of them, and each opens its rows (speed.md, 13).

The template engine walks five nodes a cell, which took most of a page's time. Everything here is escaped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString

from reports.web.meanings import Words


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure changed: words with an arrow, and whether that is good."""

    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as a row of a table: what it is, what it comes to now and before, and where the rows of both are."""

    code: str
    name: Words
    meaning: Words
    value: str
    url: str
    before: str
    before_url: str
    change: Change | None


class Cell(NamedTuple):
    """A figure of a table: what it says, where its rows are (empty: nowhere), its column, its place on a phone."""

    value: str
    url: str
    label: str
    place: str = ""


def written(cells: Iterable[Cell]) -> SafeString:
    """Write the cells of one row."""
    return SafeString("".join(map(_written, cells)))


def _written(cell: Cell) -> str:
    value = escape(cell.value)
    if cell.url:
        value = f'<a class="figure" href="{escape(cell.url)}">{value}</a>'
    return f"{_begun(cell.label, cell.place)}{value}</td>"


def figure_row(told: Shown, against: str, code: str) -> SafeString:
    """Write a figure as a row: what it is and means, now, and (with `against`) before and how it changed."""
    name, under = escape(str(told.name)), escape(f"m-{code}")
    head = (
        f'<tr data-row="{escape(code)}"><th scope="row" class="at-1"><button class="term" type="button" '
        f'aria-describedby="{under}">{name}</button><span class="under" id="{under}">{escape(str(told.meaning))}'
        f'</span></th><td class="num at-2">{_link(told.value, told.url, "go figure")}</td>'
    )
    if not against:
        return SafeString(head + "</tr>")
    before = f'<td class="num at-4" data-label="{escape(against)}">{_link(told.before, told.before_url, "figure soft")}'
    return SafeString(f'{head}{before}</td><td class="num at-3">{_delta(told.change)}</td></tr>')


def bar(told: Shown, name: str, width: str, share: str, *, explains: bool) -> SafeString:
    """Write a figure as a bar beside others: a stage (which explains itself) or a reason."""
    words, why = escape(name), ""
    if explains:
        under = escape(f"f-{told.code}")
        words = f'<button class="term" type="button" aria-describedby="{under}">{words}</button>'
        why = f'<small class="soft funnel-why meaning" id="{under}">{escape(str(told.meaning))}</small>'
    else:
        words = f"<span>{words}</span>"
    track = (
        f'<svg class="track tall" aria-hidden="true"><rect class="bar" width="{escape(width)}" height="100%"/></svg>'
    )
    figure = f'<a class="figure num" href="{escape(told.url)}">{escape(told.value)}</a>'
    return SafeString(f'<li>{words}{track}{figure}<span class="num soft">{escape(share)}</span>{why}</li>')


def _link(value: str, url: str, classes: str) -> str:
    words = escape(value)
    if url:
        return f'<a class="{classes}" href="{escape(url)}">{words}</a>'
    return f'<span class="soft">{words}</span>' if "soft" in classes else words


def _delta(change: Change | None) -> str:
    if not change:
        return ""
    tone = f' data-tone="{escape(change.tone)}"' if change.tone else ""
    return f'<span class="delta"{tone}>{escape(change.words)}</span>'


@lru_cache(maxsize=512)
def _begun(label: str, place: str) -> str:
    """A cell's beginning is the same down the whole column."""
    return f'<td class="num{f" {escape(place)}" if place else ""}" data-label="{escape(label)}">'
