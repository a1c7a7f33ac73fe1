"""Who is asking, and what each kind of asker may do.

`rights.toml` beside this file is the whole matrix: route x method -> kinds of subject. A route that is not in it
refuses to start the desk. What a subject may see of a table is the table's own `scope` (`shopdesk.base.rows`).
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path


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
class Subject:
    """Who is asking in this request.

    `person` is 0 for machines, `token` is 0 for people with a session, `code` is the channel's or courier's code.
    """

    kind: Kind
    person: int = 0
    code: str = ""
    token: int = 0

    @property
    def actor(self) -> Actor:
        return Actor("token", self.token) if self.token else Actor("person", self.person)


NOBODY = Subject(Kind.ANONYMOUS)


@cache
def rights() -> dict[str, dict[str, frozenset[Kind]]]:
    """Give the matrix: route name -> method -> kinds. Raises on an unknown kind: better no desk than an open one."""
    text = Path(__file__).with_name("rights.toml").read_text(encoding="utf-8")
    return {
        route: {method: frozenset(Kind(kind) for kind in kinds) for method, kinds in methods.items()}
        for route, methods in tomllib.loads(text).items()
    }


def may(subject: Subject, route: str, method: str) -> bool:
    """Tell whether the subject may use this route with this method. What is not declared is refused."""
    wanted = "GET" if method == "HEAD" else method
    return subject.kind in rights().get(route, {}).get(wanted, frozenset())
