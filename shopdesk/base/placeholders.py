"""Texts with gaps that a shop writes itself: messages, mails, labels (SEC-34).

A gap is `{name}` with a name from the list of that kind of text. Filling is one pass over a dictionary: no template
language, no attributes, no formats, and what is filled in is never read again. So a text can say only what the list
gives it, whoever wrote it and whatever a buyer is called.
"""

import re
from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.strict.text import clean_text

GAP = re.compile(r"\{([^{}]*)\}")
LONGEST = 4_000  # of a text with gaps, and of what one gap may hold
BLANKS = re.compile(r"\s+")


class UnknownPlaceholder(DomainError):
    """The text has a gap that nothing fills."""

    sentence = _("The text has gaps that nothing fills: %(unknown)s.")
    next_step = _("You may use: %(allowed)s.")


class TextTooLong(DomainError):
    """The text is longer than any message."""

    sentence = _("The text is longer than %(longest)d characters.")


def check(text: str, allowed: Collection[str]) -> None:
    """Refuse a text before it is kept. Braces that close nothing are text.

    Raises UnknownPlaceholder, TextTooLong.
    """
    if len(text) > LONGEST:
        raise TextTooLong(detail={"longest": LONGEST})
    unknown = [f"{{{name[:40]}}}" for name in dict.fromkeys(GAP.findall(text)) if name not in allowed]
    if unknown:
        named = ", ".join(f"{{{name}}}" for name in sorted(allowed))
        raise UnknownPlaceholder(detail={"unknown": ", ".join(unknown[:5]), "allowed": named})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Fill every gap by its value; the values' own braces stay as they are. Raises as `check` does."""
    check(text, values)
    return GAP.sub(lambda gap: clean_text(values[gap.group(1)])[0][:LONGEST], text)


def fill_line(text: str, values: Mapping[str, str]) -> str:
    """Fill a text that must stay one line: a subject, an SMS sender, a line of a label (no header can be added)."""
    return BLANKS.sub(" ", fill(text, values)).strip()
