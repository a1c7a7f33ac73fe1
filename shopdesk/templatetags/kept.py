"""Parts of pages that say the same to many people: rendered once, then kept in this process (speed.md, row 8).

{% kept "menu" kind=subject.kind each_path=request.get_full_path %} … {% endkept %}

Inside, nothing of the page is known but what is named here, the language and `csrf_token`: a part cannot show to one
person what it was rendered with for another. Parts are told apart by their name, the language and the named values.
What is named `each_path` is `{{ path }}` inside and written anew each time: it may be printed there, and nothing else.
"""

import secrets
from typing import Any, Final

from django import template
from django.conf import settings
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.functional import LazyObject
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

MOST: Final = 2_000  # parts in this process; then it begins anew
EACH: Final = "each_"
TOKEN: Final = "csrf_token"  # noqa: S105  # a name
Key = tuple[str, str | None, tuple[object, ...]]
# A part is cut where something is written anew: text, name, text, name, … text.
_parts: dict[Key, list[str]] = {}


class KeptNode(Node):
    """A part of a page, and the names of what it depends on."""

    def __init__(self, nodes: NodeList, name: str, values: dict[str, FilterExpression]) -> None:
        self.nodelist, self.name = nodes, name
        self.fixed = {name: value for name, value in values.items() if not name.startswith(EACH)}
        self.each = {name.removeprefix(EACH): value for name, value in values.items() if name.startswith(EACH)}

    def render(self, context: Context) -> SafeString:
        """Give the part as it was rendered for the same values, with what is each one's own."""
        fixed = {name: _plain(value.resolve(context)) for name, value in self.fixed.items()}
        key: Key = (self.name, get_language(), tuple(fixed.values()))
        pieces = _parts.get(key)
        if pieces is None:
            pieces = self._cut(context, fixed)
            if not settings.DEBUG:
                if len(_parts) >= MOST:
                    _parts.clear()
                _parts[key] = pieces
        if len(pieces) == 1:
            return SafeString(pieces[0])
        own = pieces.copy()
        own[1::2] = [self._own(name, context) for name in pieces[1::2]]
        return SafeString("".join(own))

    def _own(self, name: str, context: Context) -> str:
        value = context.get(TOKEN, "") if name == TOKEN else self.each[name].resolve(context, ignore_failures=True)
        return conditional_escape("" if value is None else value)

    def _cut(self, context: Context, fixed: dict[str, object]) -> list[str]:
        """Render the part with marks for what is written anew, and cut it at the marks."""
        mark = secrets.token_hex(16)
        marks = {name: f"{mark}{name}{mark}" for name in (TOKEN, *self.each)}
        return self.nodelist.render(context.new({**fixed, **marks})).split(mark)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Read the tag."""
    name, *bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodes, name.strip("\"'"), values)


def _plain(value: Any) -> object:
    """Give what a lazy value stands for: a key must hold no request."""
    if isinstance(value, LazyObject):
        bool(value)  # makes it
        return value._wrapped
    return value
