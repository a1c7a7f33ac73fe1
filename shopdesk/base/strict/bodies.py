"""Bodies of the doors that are asked most, read by serializers that are kept.

A serializer copies each of its fields when it is made, and so do those within it: of an order that is sixty copies, a
twelfth of what the whole request costs. What they are does not change from one body to the next.
"""

from threading import local
from typing import Any, TypeVar

from shopdesk.base.strict.fields import StrictSerializer

S = TypeVar("S", bound=StrictSerializer)


class Kept(local):
    """The serializers of one thread, by their class: a body is read in one go, and by one thread."""

    def __init__(self) -> None:
        self.by_class: dict[type[StrictSerializer], StrictSerializer] = {}


KEPT = Kept()


def read_body(kind: type[S], data: Any, **context: Any) -> Any:
    """Give the values of a body as `kind(data=data, context=context)` does. Raises ValidationError, Malformed.

    For serializers that keep nothing of their own between two bodies.
    """
    if (body := KEPT.by_class.get(kind)) is None:
        body = KEPT.by_class[kind] = kind(data=None)
    body.initial_data, body._context = data, context
    try:
        body.is_valid(raise_exception=True)
        return body.validated_data
    finally:  # nothing of anybody's order stays behind
        body.initial_data, body._context = None, {}
        for name in ("_validated_data", "_errors"):
            body.__dict__.pop(name, None)
