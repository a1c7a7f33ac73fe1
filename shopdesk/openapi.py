"""How the JSON doors describe themselves: the strict fields, the two ways to sign in, and names of operations."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from shopdesk.base.refusals import CODES, PROBLEM
from shopdesk.base.strict import fields

WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
AMOUNT = r"^\d+(\.\d+)?$"
SIGNED_AMOUNT = r"^-?\d+(\.\d+)?$"


TEXT, TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "object"}}
REFUSED = (400, 401, 403, 404, 406, 429, 503)  # whatever is asked
REFUSED_WHEN_WRITING = (409, 413, 415, 422)
SAYS = CODES | {409: "refused by a rule of the desk, named by its code", 422: "the key came with another body"}


class DeskSchema(AutoSchema):
    """Names an operation after its view, which is unique, and not after its path, which is not. Lists its refusals."""

    def get_operation(self, *asked: Any) -> dict[str, Any] | None:
        """Describe an operation with the problems that it may answer with."""
        operation = super().get_operation(*asked)
        if operation is not None:
            for status in (*REFUSED, *(REFUSED_WHEN_WRITING if self.method != "GET" else ())):
                content = {PROBLEM: {"schema": self._problem()}}
                operation["responses"].setdefault(str(status), {"description": SAYS[status], "content": content})
        return operation

    def _problem(self) -> dict[str, Any]:
        """Describe a refusal (RFC 9457) once, and refer to it."""
        named = ("type", "title", "detail", "code", "instance", "request_id")
        shape = {
            "type": "object",
            "properties": dict.fromkeys(named, TEXT) | {"status": {"type": "integer"}, "errors": TEXTS},
            "required": [*named, "status", "errors"],
        }
        schemas = ResolvedComponent.SCHEMA
        component = ResolvedComponent("Problem", schemas, shape, object="Problem")  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return dict(component.ref)

    def get_operation_id(self) -> str:
        """Give for example `orders_one_order_patch`."""
        view = type(self.view)
        app = view.__module__.split(".", 1)[0]
        return f"{app}_{WORD.sub('_', view.__name__).lower()}_{self.method.lower()}"


class StrictFields(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # registers itself
    """Describes every field of `shopdesk.base.strict`."""

    target_class = "shopdesk.base.strict.fields.StrictField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Give the JSON type and its limits."""
        field = self.target
        if isinstance(field, fields.ChoiceField):
            return {"type": "string", "enum": list(field.choices) + ([""] if field.allow_blank else [])}
        if isinstance(field, fields.StrictText):
            shortest = {} if field.allow_blank else {"minLength": 1}
            return {"type": "string", "maxLength": field.max_length, **shortest}
        if isinstance(field, fields.WholeNumberField):
            return {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}
        if isinstance(field, fields.MoneyField):
            return {"type": "string", "pattern": SIGNED_AMOUNT if field.signed else AMOUNT, "example": "1290.00"}
        return plain(field)


def plain(field: Any) -> dict[str, Any]:
    """Describe a field without limits. Raises on a field that nobody described: better no document than a wrong one."""
    if isinstance(field, fields.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, fields.InstantField):
        return {"type": "string", "format": "date-time"}
    if isinstance(field, fields.DayField):
        return {"type": "string", "format": "date"}
    raise TypeError(f"{type(field).__name__} has no description in shopdesk/openapi.py.")


class SignIn(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """Describes the bearer token of machines and the session of people."""

    target_class = "shopdesk.people.signin.ApiAuthentication"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """Give both."""
        return [{"type": "http", "scheme": "bearer"}, {"type": "apiKey", "in": "cookie", "name": "session"}]
