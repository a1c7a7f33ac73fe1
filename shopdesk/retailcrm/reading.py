"""Reading what clients of API v5 send: entities as JSON in form fields, filters in brackets, dates without a zone.

This is a raw door (promises.md, "One parser, three strengths"): text is cleaned, never refused for a character.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from shopdesk.base.money import MAX_MINOR, round_to_minor
from shopdesk.base.strict.text import clean_text
from shopdesk.retailcrm.refusals import BadEntity, BadParameter, MissingParameter

MOST_DEEP = 32
MOST_ROWS = 50  # of an upload
LONGEST_ID = 64
LAST_NUMBER = 2**63 - 1
BRACKETS = re.compile(r"\[([^\[\]]*)\]")
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
TRUE = {"1", "true", "on", "yes"}  # Python's client writes "True"
MOMENT = "%Y-%m-%d %H:%M:%S"
LIMITS = (20, 50, 100)

Entity = Mapping[str, Any]
Filters = Mapping[str, list[str]]


def entity(fields: QueryDict, name: str) -> Entity:
    """Give the entity that a form field holds as JSON, its text cleaned. Raises MissingParameter, BadEntity."""
    value = _parsed(fields, name)
    if isinstance(value, list) and not value:  # PHP writes an empty array for an empty object
        return {}
    if not isinstance(value, dict):
        raise BadEntity({name: "This value should be an object."})
    return value


def entities(fields: QueryDict, name: str, most: int = MOST_ROWS) -> list[Entity]:
    """Give the list of entities of a form field. Raises MissingParameter, BadEntity."""
    value = _parsed(fields, name)
    rows = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadEntity({name: "This value should be a list of objects."})
    if len(rows) > most:
        raise BadEntity({name: f"At most {most} at once."})
    return rows


def filters(query: QueryDict, name: str = "filter") -> Filters:
    """Give what stands in brackets behind a name: `filter[ids][]=1` and `filter[ids][0]=1` alike.

    A plain `filter=None`, as Python's client writes for none, is none.
    """
    found: dict[str, list[str]] = {}
    for key, values in query.lists():
        if key.startswith(f"{name}[") and (parts := BRACKETS.findall(key[len(name) :])) and parts[0]:
            found.setdefault(parts[0], []).extend(clean_text(value)[0] for value in values)
    return found


def listed(query: QueryDict, name: str) -> list[str]:
    """Give a list that stands by itself: `ids[]=1&ids[]=2`, `ids[0]=1`."""
    return [
        clean_text(value)[0]
        for key, values in query.lists()
        if key == name or key.startswith(f"{name}[")
        for value in values
    ]


def text(source: Mapping[str, Any], name: str, longest: int = 300) -> str:
    """Give a text of an entity, one line's worth cut to what the desk keeps; empty for none or another kind."""
    value = source.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return str(value).strip()[:longest]


def part(source: Mapping[str, Any], name: str) -> Entity:
    """Give an object inside an entity; empty for none."""
    value = source.get(name)
    return value if isinstance(value, dict) else {}


def rows(source: Mapping[str, Any], name: str) -> list[Entity]:
    """Give the objects of a list inside an entity, whether it came as a list or as an object keyed by anything."""
    value = source.get(name)
    found = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [row for row in found if isinstance(row, dict)]


def yes(value: Any) -> bool:
    """Tell whether a flag is set, however it is spelt."""
    return str(value).strip().casefold() in TRUE


def number(value: Any) -> Decimal | None:
    """Give a number, written as one or as text; None for none. Raises ValueError for anything else."""
    if value is None or value == "":
        return None
    written = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    if isinstance(value, bool) or not PLAIN_NUMBER.fullmatch(written):
        raise ValueError("not a number")
    return Decimal(written)


def minor(value: Any, currency: str) -> int:
    """Give an amount in minor units, 0 for none, to the nearest. Raises ValueError for what is none or negative."""
    amount = number(value)
    if amount is None:
        return 0
    if amount < 0 or amount > MAX_MINOR:
        raise ValueError("not an amount")
    return round_to_minor(amount, currency)


def moment(written: str, zone: str) -> datetime:
    """Read a date of the protocol, in the shop's zone. Raises ValueError."""
    text_ = written.strip().replace("T", " ")
    read = datetime.fromisoformat(text_)
    return read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))


def day(written: str) -> date:
    """Read a day. Raises ValueError."""
    return date.fromisoformat(written.strip()[:10])


def whole(written: str, name: str) -> int:
    """Read a whole number of a query. Raises BadParameter."""
    if not (written.isascii() and written.isdigit() and len(written) < 20 and int(written) <= LAST_NUMBER):
        raise BadParameter(name, "This value is not valid.")
    return int(written)


def wholes(written: Sequence[str]) -> list[int]:
    """Give the row numbers among some texts; what is none can be nobody's."""
    return [int(one) for one in written if one.isascii() and one.isdigit() and len(one) < 19]


def paging(query: QueryDict, limits: Sequence[int] = LIMITS) -> tuple[int, int]:
    """Give limit and page. Raises BadParameter."""
    limit = whole(query.get("limit") or "20", "limit")
    page = whole(query.get("page") or "1", "page")
    if limit not in limits:
        raise BadParameter("limit", f"The value should be one of {', '.join(str(one) for one in limits)}.")
    if not 1 <= page <= 1_000_000:
        raise BadParameter("page", "This value is not valid.")
    return limit, page


def sent(fields: QueryDict, name: str) -> str:
    """Give a plain field, cleaned; empty for none."""
    return clean_text(fields.get(name) or "")[0].strip()[:LONGEST_ID]


def _parsed(fields: QueryDict, name: str) -> Any:
    raw = fields.get(name)
    if raw is None or not raw.strip():
        raise MissingParameter(name)
    try:
        return _cleaned(json.loads(raw, parse_float=Decimal, parse_constant=_nothing), 0)
    except (ValueError, RecursionError):
        raise BadEntity({name: "Invalid json."}) from None


def _nothing(_literal: str) -> None:
    """NaN and the infinities, which JSON does not have."""


def _cleaned(value: Any, depth: int) -> Any:
    if depth > MOST_DEEP:
        raise ValueError("too deep")
    if isinstance(value, str):
        return clean_text(value)[0]
    if isinstance(value, list):
        return [_cleaned(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {clean_text(key)[0]: _cleaned(one, depth + 1) for key, one in value.items()}
    return value
