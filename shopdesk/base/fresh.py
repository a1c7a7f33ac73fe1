"""Models, new ones and those of the database, made without asking each of their fields.

A model's class goes through all of its fields, each with its default and its descriptor, for every row: of an import,
where an order makes six of them, that was a fifth of the processor's time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a new model of one class has in it before anything is known: values, those made for each, and relations."""

    plain: Mapping[str, Any]
    made: Mapping[str, Callable[[], Any]]
    related: Mapping[str, tuple[str, str]]  # name -> own column, the other's


def fresh(model: type[M], **values: Any) -> M:
    """Give a new model as `model(**values)` does; fields may be named by their columns.

    For models whose class does nothing of its own when one is made. Raises TypeError for what is no field.
    """
    pattern = _pattern(model)
    one = model.__new__(model)
    own = one.__dict__
    own["_state"] = state = ModelState()
    own.update(pattern.plain)
    for name, make in pattern.made.items():
        own[name] = make()
    for name, value in values.items():
        if name in pattern.related:
            column, target = pattern.related[name]
            own[column] = None if value is None else getattr(value, target)
            state.fields_cache[name] = value
        elif name in pattern.plain or name in pattern.made:
            own[name] = value
        else:
            raise TypeError(f"{model.__name__} has no field {name}")
    return one


def loaded(model: type[M], rows: Iterable[Sequence[Any]]) -> list[M]:
    """Give models of whole rows of their table, as `model.from_db` does for the default database.

    Raises TypeError for a model whose class does something of its own when one is made or read.
    """
    names, found = _columns(model), []
    for row in rows:
        one = model.__new__(model)
        own = one.__dict__
        own["_state"] = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        own.update(zip(names, row, strict=True))
        found.append(one)
    return found


@cache
def _columns(model: type[models.Model]) -> Sequence[str]:
    _pattern(model)
    if model.from_db.__func__ is not models.Model.from_db.__func__:  # type: ignore[attr-defined]  # a class's method
        raise TypeError(f"{model.__name__} does something of its own when one is read")
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _pattern(model: type[models.Model]) -> Pattern:
    if model.__init__ is not models.Model.__init__:
        raise TypeError(f"{model.__name__} does something of its own when one is made")
    empty = {name: value for name, value in model().__dict__.items() if name != "_state"}
    fields: list[Any] = list(model._meta.concrete_fields)
    made = {field.attname: field.default for field in fields if callable(field.default)}
    # "No default" is a class, and so can be called.
    made = {name: default for name, default in made.items() if default is not models.NOT_PROVIDED}
    related = {field.name: (field.attname, field.target_field.attname) for field in fields if field.is_relation}
    return Pattern({name: value for name, value in empty.items() if name not in made}, made, related)
