"""Deny by default: every route and method stands in `rights.toml`, or the desk does not start."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver
from django.views import View

from shopdesk.base.access import rights

OTHERS = ("account_", "mfa_")  # allauth's own pages guard themselves
METHODS = ("get", "post", "put", "patch", "delete")


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Walk every route of the desk: its full name and its pattern."""
    yield from _walk(get_resolver().url_patterns, "")


def methods(pattern: URLPattern) -> set[str]:
    """Give the methods that a view answers. A function says so by `require_http_methods`; else it is read only."""
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    if view is not None and issubclass(view, View):
        return {name.upper() for name in METHODS if hasattr(view, name)}
    return _allowed(pattern.callback)


def undeclared() -> list[str]:
    """List routes without a declared right, and rights of routes that are not there."""
    present = {name: methods(pattern) for name, pattern in routes() if not name.startswith(OTHERS)}
    wrong = [f"{name or 'a nameless route'} is not declared" for name in present if name not in rights()]
    wrong += [f"{name} is declared but is no route" for name in rights() if name not in present]
    for name in present.keys() & rights().keys():
        declared = set(rights()[name])
        wrong += [f"{name}: {method} is not declared" for method in present[name] - declared]
        wrong += [f"{name}: {method} is declared but not answered" for method in declared - present[name]]
    return sorted(wrong)


def refuse_undeclared() -> None:
    """Refuse to serve a desk with an undeclared route. Raises ImproperlyConfigured."""
    if wrong := [sentence for sentence in undeclared() if sentence.endswith("not declared")]:
        raise ImproperlyConfigured("shopdesk/base/rights.toml and the routes differ: " + "; ".join(wrong))


def _allowed(view: Any) -> set[str]:
    """The methods that a function's decorator lets through. Django keeps them in the decorator's closure alone."""
    while view is not None:
        if inspect.isfunction(view) and (names := inspect.getclosurevars(view).nonlocals.get("request_method_list")):
            return {name for name in names if name.lower() in METHODS}
        view = getattr(view, "__wrapped__", None)
    return {"GET"}


def _walk(patterns: Sequence[Any], space: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name or ''}", pattern
