"""How the shop calls the outcomes of calls: its own words, else the desk's. Reads only."""

from collections.abc import Mapping
from typing import Final

from django.core.cache import caches

from orders.models import Outcome, OutcomeWord

KEPT_S: Final = 60  # in this process; whoever changes a word sees it at once, everybody within a minute
NAME: Final = "calls:outcome-words"


def own_words() -> Mapping[str, str]:
    """Give the shop's own words by code."""
    known: dict[str, str] | None = caches["nearby"].get(NAME)
    if known is None:
        known = dict(OutcomeWord.objects.values_list("outcome", "name"))
        caches["nearby"].set(NAME, known, KEPT_S)
    return known


def outcome(code: str) -> str:
    """Give the word for an outcome. A code that is no outcome is shown as it is."""
    if own := own_words().get(code):
        return own
    return str(Outcome(code).label) if code in Outcome.values else code


def outcomes() -> dict[str, str]:
    """Give the words for all outcomes by code."""
    own = own_words()
    return {code: own.get(code) or str(label) for code, label in Outcome.choices}


def forget() -> None:
    """Read the words anew next time."""
    caches["nearby"].delete(NAME)
