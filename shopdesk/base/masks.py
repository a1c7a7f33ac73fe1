"""Fields by role: what is shown as it is, what is masked, what is not there. The table is `masks.toml`."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from shopdesk.base.access import NO_LIMITS, Kind, Subject
from shopdesk.base.phones import masked

WRITE = "write"


def short_name(name: str) -> str:
    """Give the first word and a letter of the last: Елена Т."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first


WAYS: Mapping[str, Callable[[Any], Any]] = {
    "open": lambda value: value,
    "short": short_name,
    "masked": lambda value: masked(value) if value else "",
}


def sees(subject: Subject, field: str) -> bool:
    """Tell whether the subject sees anything of a field. Raises KeyError for a field that the table does not name."""
    return _way(subject, field) is not None


def sees_whole(subject: Subject, field: str) -> bool:
    """Tell whether the subject sees a field as it is, neither masked nor shortened."""
    return _way(subject, field) == "open"


def show(subject: Subject, field: str, value: Any) -> Any:
    """Give a value as the subject sees it: as it is, masked, or None where it is not theirs to see."""
    way = _way(subject, field)
    return None if way is None else WAYS[way](value)


def may_write(subject: Subject, field: str) -> bool:
    """Tell whether the subject may change a field."""
    return any(_allows(subject, word, subject.kind) for word in _table()[field].get(WRITE, ()))


def visible(subject: Subject, shown: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Give an answer without what is not this subject's to see. `fields`: member of the answer -> field."""
    seen = {name: value for name, value in shown.items() if name not in fields or sees(subject, fields[name])}
    return seen | {name: show(subject, fields[name], seen[name]) for name in fields.keys() & seen.keys()}


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    """Read the table. Raises ValueError for a kind, a way or a limit that does not exist: better no desk at all."""
    text = Path(__file__).with_name("masks.toml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = tomllib.loads(text)
    for field, line in table.items():
        for kind, words in line.items():
            _check(field, kind, words if kind == WRITE else [words])
    return table


def _check(field: str, kind: str, words: Iterable[str]) -> None:
    known = set(Kind) if kind == WRITE else set(WAYS)
    for word in words:
        first, _if, limit = word.partition(" if ")
        unknown = first not in known or (limit and not isinstance(getattr(NO_LIMITS, limit, None), bool))
        if unknown or (kind != WRITE and kind not in set(Kind)):
            raise ValueError(f"masks.toml says what it cannot mean of {field}: {kind} = {word}")


def _way(subject: Subject, field: str) -> str | None:
    words = _table()[field].get(subject.kind)
    if words is None:
        return None
    way, _if, limit = str(words).partition(" if ")
    return way if not limit or getattr(subject.limits, limit) else None


def _allows(subject: Subject, words: str, kind: Kind) -> bool:
    named, _if, limit = words.partition(" if ")
    return named == kind and (not limit or bool(getattr(subject.limits, limit)))
