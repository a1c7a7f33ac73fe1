"""Who is asking, and what each kind of asker may do.

`rights.toml` beside this file is the whole matrix: route x method x kind x state. A route that is not in it refuses to
start the desk. What a subject may see of a table is the table's own `scope` (`shopdesk.base.rows`), field by field
`shopdesk.base.masks`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

SEEN_AFTER = timedelta(days=14)  # a courier sees what left its hands for so long, without whom it went to
SEES = "sees"  # the table of states at the top of the matrix; everything else in it is a route


class Kind(StrEnum):
    """Kinds of subject, as `rights.toml` names them."""

    OWNER = "owner"
    MANAGER = "manager"
    PACKER = "packer"
    COURIER_PERSON = "courier_person"
    COURIER = "courier"  # a courier service's machine
    STOREFRONT = "storefront"  # a channel's machine
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as the journal keeps it: a kind and an id, never a name."""

    kind: str  # person, token, courier, rule, sweep
    id: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


RULE = Actor("rule")
SWEEP = Actor("sweep")


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the owner lets somebody go. The defaults are no limit at all."""

    discount_percent: int = 100  # of the goods' full price, the most that may be let off
    own_orders: bool = False  # sees only orders that they took in, were given or worked on
    export: bool = True  # may take lists out of the desk as files
    cost: bool = True  # sees what goods cost the shop, and the margin
    statuses: frozenset[str] | None = None  # of the orders that they see; None is all
    channels: frozenset[str] | None = None  # by which the orders that they see came, by code; None is all
    confirm_unspoken: bool = True  # may confirm an order, with a reason, about which nobody was spoken to
    write_off_minor: int | None = None  # the most that one may scrap alone, at cost, in the shop's currency
    addresses: tuple[str, ...] = ()  # networks that they may come from; none: from everywhere

    @property
    def narrow_orders(self) -> bool:
        return self.own_orders or self.statuses is not None or self.channels is not None

    @property
    def all_orders(self) -> bool:
        """Whoever sees some orders only hands no parcels over, and reads no figures of all of them."""
        return not self.narrow_orders

    @property
    def all_orders_and_export(self) -> bool:
        return self.all_orders and self.export


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asking in this request.

    `person` is 0 for machines, `token` is 0 for people with a session, `code` is the channel's or courier's code. `at`
    is when they ask: what was in a courier's hands stays in sight for some days.
    """

    kind: Kind
    person: int = 0
    code: str = ""
    token: int = 0
    limits: Limits = NO_LIMITS
    at: datetime | None = field(default=None, compare=False)

    @property
    def actor(self) -> Actor:
        return Actor("token", self.token) if self.token else Actor("person", self.person)


NOBODY = Subject(Kind.ANONYMOUS)

Kinds = Mapping[Kind, str]  # kind -> the limit that must allow it, empty when none is asked


@cache
def rights() -> dict[str, dict[str, Kinds]]:
    """Give the matrix: route name -> method -> kinds. Raises on an unknown kind: better no desk than an open one."""
    return {
        route: {method: _kinds(kinds) for method, kinds in line.items() if method.isupper()}
        for route, line in _matrix().items()
        if route != SEES
    }


@cache
def states() -> dict[str, dict[str, frozenset[str]]]:
    """Give the states in which a route does anything at all: route name -> thing -> states. Else it refuses."""
    return {
        route: {thing: frozenset(names) for thing, names in line.items() if not thing.isupper()}
        for route, line in _matrix().items()
        if route != SEES and any(not thing.isupper() for thing in line)
    }


@cache
def seen(thing: str, kind: Kind) -> frozenset[str]:
    """Give the states in which a kind of subject sees a thing at all. Raises KeyError where the matrix says none."""
    return frozenset(_matrix()[SEES][thing][kind])


def may(subject: Subject, route: str, method: str) -> bool:
    """Tell whether the subject may use this route with this method. What is not declared is refused."""
    wanted = "GET" if method == "HEAD" else method
    limit = rights().get(route, {}).get(wanted, {}).get(subject.kind)
    if limit is None:
        return False
    return bool(getattr(subject.limits, limit)) if limit else True


@cache
def _matrix() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("rights.toml").read_text(encoding="utf-8"))


def _kinds(words: list[str]) -> Kinds:
    """Read "manager" and "manager if export". Raises ValueError for a limit that nobody can set."""
    kinds = {}
    for word in words:
        kind, _if, limit = word.partition(" if ")
        if limit and not isinstance(getattr(NO_LIMITS, limit, None), bool):
            raise ValueError(f"rights.toml asks for an unknown limit: {word}")
        kinds[Kind(kind)] = limit
    return kinds
