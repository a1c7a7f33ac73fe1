"""A refusal kept as what it is made of, and put into words when somebody reads it, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext

from shopdesk.base.errors import Malformed, Refusal

Kept = dict[str, Any]  # as JSON can hold it
LONGEST = 500


def keep(refusal: Refusal) -> Kept:
    """Give a refusal as it is kept: its code, its sentence before any translation, what fills it, what was wrong."""
    errors = refusal.errors if isinstance(refusal, Malformed) else []
    kept: Kept = {"code": refusal.code, "says": words(refusal.sentence)}
    kept["wrong"] = [f"{error.pointer or '/'} {error.code}" for error in errors]
    filled = {
        str(name): words(value) if isinstance(value, Promise) else value for name, value in refusal.detail.items()
    }
    return kept | {"with": {name: value for name, value in filled.items() if _is_plain(value)}}


def tell(kept: Mapping[str, Any]) -> str:
    """Put a kept refusal into words. One whose sentence the desk has changed since says what it said then."""
    sentence = spoken(kept.get("says", ""))
    filled = {name: spoken(value) for name, value in kept.get("with", {}).items()}
    try:
        told = sentence % filled if "%(" in sentence else sentence
    except (KeyError, TypeError, ValueError):
        told = sentence
    wrong = ", ".join(kept.get("wrong", ()))
    return f"{told} ({wrong})" if wrong else told


def words(text: str | Promise) -> list[str]:
    """Give a sentence before its translation: itself, with its context before it where it has one."""
    if not isinstance(text, Promise):
        return [str(text)[:LONGEST]]
    # How a lazy text is put away by `pickle`: the function that translates it, and what that is called with.
    put_away: Any = text.__reduce__()
    said = put_away[1][1]
    return [str(part) for part in said] if len(said) in {1, 2} else [str(text)[:LONGEST]]


def spoken(value: Any) -> Any:
    """Give a kept sentence in the language of the moment; what is no sentence stays as it is."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return value
    return gettext(str(value[0])) if len(value) == 1 else pgettext(str(value[0]), str(value[1]))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | list)
