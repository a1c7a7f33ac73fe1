"""What a section of the report is: figures with their meanings, rates of them, and by what they are told apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise

from reports.figures import Figure

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: the sum of some figures over the sum of others. Its rows are those of the figures."""

    code: str
    name: Words
    meaning: Words
    over: tuple[str, ...]
    under: tuple[str, ...]
    less: tuple[str, ...] = ()  # taken off what is above the line
    is_share: bool = True  # else so many of the one for each of the other
    is_money: bool = False  # what is above is money, in the shop's own currency


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the report. `groups` are dimensions beside days, weeks and months; the first is shown unasked."""

    code: str
    name: Words
    figures: tuple[Figure, ...]
    meanings: Mapping[str, Words]
    groups: tuple[str, ...]
    rates: tuple[Rate, ...] = ()
    more_is_worse: frozenset[str] = field(default_factory=frozenset)
    by_age: bool = False  # beside the days that were asked for, everything before them is shown by its age
