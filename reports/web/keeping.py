"""Bodies of report pages, kept while nothing new is known (speed.md, row 13).

What stands in them hangs on the days, on what is asked, on whom it may be shown to, on the language, and on the place
of the feed up to which it is known: all of that is the key. Whatever happens at the desk gets a place, so the page is
made anew. Names of things (a product, a person) may change without one, so nothing is kept for longer than a minute.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.translation import get_language

from reports import overview

KEPT_S = 60


@dataclass(frozen=True, slots=True)
class Body:
    """A page's body, and the place of the feed up to which its figures are known."""

    html: str  # marked as markup by the template that wrote it, and so kept
    position: int


def body(key: tuple[object, ...], template: str, make: Callable[[], tuple[dict[str, Any], int]]) -> Body:
    """Give a body as it was made for the same at the same place of the feed; else make it: what it shows, its place.

    The feed is published here, once: whoever publishes waits for the disk, so `make` does not do it again.
    """
    kept, asked = caches["reports"], (template, get_language(), *key)
    if (found := kept.get(_name(asked, overview.position_now()))) is not None:
        return Body(*found)
    shown, position = make()
    html = render_to_string(template, shown)
    kept.set(_name(asked, position), (html, position), KEPT_S)
    return Body(html, position)


def _name(asked: tuple[object, ...], position: int) -> str:
    return sha256(repr((asked, position)).encode()).hexdigest()
