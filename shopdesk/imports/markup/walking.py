"""Walking markup that somebody sent: element by element, nothing kept, no entities, nothing fetched."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.strict import clean_form_text

__all__ = ["Element", "Thing", "UnreadableMarkup", "root_of", "said", "thing", "walk"]

Thing: TypeAlias = dict[str, Any]

HEAD_BYTES = 1_024
DEEPEST = 64  # elements inside one another; real catalogues have a dozen
MOST_ELEMENTS_OF_ONE = 20_000  # inside one product


class UnreadableMarkup(DomainError):
    """Neither YML nor CommerceML, or broken, or made to harm."""

    sentence = _("This file is no YML feed and no CommerceML that the desk can read.")
    next_step = _("Let the shop or 1C write it anew, and lay it down once more.")


def root_of(path: Path) -> str | None:
    """Give the name of the first element; None when the file does not begin like markup. Raises UnreadableMarkup."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return None
    for name, _element, _depth in walk(path, ()):
        return name
    return None


def walk(path: Path, whole: Collection[str]) -> Iterator[tuple[str, Element | None, int]]:
    """Give (name, None, depth) as each element begins and (name, element, depth) as it ends, without namespaces.

    Elements called as in `whole` come with all that is inside them; any other is emptied as soon as it ends.
    Raises UnreadableMarkup.
    """
    inside, elements, parents = 0, 0, []
    try:
        for event, element in iterparse(str(path), events=("start", "end")):
            element.tag = element.tag.rpartition("}")[2]
            if event == "start":
                parents.append(element)
                inside += element.tag in whole
                elements = elements + 1 if inside else 0
                if len(parents) > DEEPEST or elements > MOST_ELEMENTS_OF_ONE:
                    raise UnreadableMarkup
                yield element.tag, None, len(parents)
                continue
            yield element.tag, element, len(parents)
            parents.pop()
            inside -= element.tag in whole
            if not inside and parents:
                parents[-1].remove(element)  # memory stays flat
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise UnreadableMarkup from None


def said(element: Element | None, *path: str) -> str:
    """Give the cleaned text of the first element on this path of names; empty when it is not there."""
    for name in path:
        element = next((child for child in element if child.tag == name), None) if element is not None else None
    return clean_form_text(element.text or "") if element is not None else ""


def thing(place: int, sku: str) -> Thing:
    """Begin a product; `place`: the how-manieth of the file it is."""
    return {"row": place, "key": sku[:64], "words": [], "card": {}, "on_hand": None}
