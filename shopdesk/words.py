"""The desk's words in three languages: collect them from code and templates, keep what is translated, find what lacks.

Babel collects and compiles, so that no machine needs GNU gettext.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LANGUAGES = ("ru", "bg")
APPS = ("shopdesk", "orders", "delivery", "reports")
NOT_WORDS = {"migrations", "locale", "static", "__pycache__"}
PLACES: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEYWORDS = {name + lazy: places for name, places in PLACES.items() for lazy in ("", "_lazy")} | {"_": None}
# A catalogue's dates would change with every run and say nothing.
WRITTEN = datetime(2026, 11, 21, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\(\w+\)[\d.]*[a-z]|%[sd]|\{\w+\}")


def collect(root: Path) -> Catalog:
    """Collect what is marked for translation in the code and templates of every app."""
    found = Catalog(project="Shopdesk", creation_date=WRITTEN, revision_date=WRITTEN)
    for path in sources(root):
        place = str(path.relative_to(root))
        for _line, words, _comments, context in extract("python", BytesIO(readable(path)), KEYWORDS):
            found.add(words, locations=[(place, 0)], context=context)
    return found


def sources(root: Path) -> Iterator[Path]:
    """Walk every module and template of the apps."""
    for app in APPS:
        for path in sorted((root / app).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and not NOT_WORDS & set(path.relative_to(root).parts):
                yield path


def readable(path: Path) -> bytes:
    """Give a module as it is, a template as calls of gettext that the extractor for Python reads."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left of the markup is X's; without its indentation, which would be an error to the tokenizer.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return text.encode()


def read(path: Path, language: str) -> Catalog:
    """Read a catalogue; an empty one when there is none yet."""
    if not path.exists():
        return Catalog(locale=language, project="Shopdesk")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def refresh(folder: Path, found: Catalog) -> dict[str, list[Message]]:
    """Bring each language's catalogue up to what was found. Gives what lacks a translation, by language."""
    missing = {}
    for language in LANGUAGES:
        path = folder / language / "LC_MESSAGES" / "django.po"
        catalogue = read(path, language)
        catalogue.update(found, no_fuzzy_matching=True)
        catalogue.creation_date = catalogue.revision_date = WRITTEN
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
        missing[language] = lacking(found, catalogue)
    return missing


def lacking(found: Catalog, catalogue: Catalog) -> list[Message]:
    """List messages that lack a translation or a plural form, or have other placeholders than the source."""
    return [message for message in found if message.id and not is_translated(message, catalogue)]


def is_translated(message: Message, catalogue: Catalog) -> bool:
    """Whether the catalogue has the message whole."""
    there = catalogue.get(message.id[0] if message.pluralizable else message.id, message.context)
    if there is None or there.fuzzy:
        return False
    forms = [str(form) for form in (there.string if isinstance(there.string, tuple | list) else [there.string or ""])]
    wanted = catalogue.num_plurals if message.pluralizable else 1
    if len(forms) != wanted or not all(forms):
        return False
    of_source = str(message.id[-1] if message.pluralizable else message.id)
    return all(placeholders(form) == placeholders(of_source) for form in forms)


def placeholders(text: str) -> set[str]:
    """Name what is filled in."""
    return set(PLACEHOLDER.findall(text))
