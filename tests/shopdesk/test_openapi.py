"""The document about the JSON doors."""

import pytest

from shopdesk.base.strict import fields
from shopdesk.openapi import StrictFields, plain


def test_document_is_for_staff_and_this_machine(client, db) -> None:
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.")
    assert client.get("/api/v1/openapi.json", REMOTE_ADDR="203.0.113.9").status_code in {401, 403, 404}


def test_every_operation_has_its_own_name(client, db) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    names = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("field", "described"),
    [
        (fields.QuantityField(), {"type": "integer", "minimum": 1, "maximum": 100_000}),
        (fields.NameField(max_length=5), {"type": "string", "maxLength": 5, "minLength": 1}),
        (fields.ChoiceField(["a", "b"]), {"type": "string", "enum": ["a", "b"]}),
        (fields.BooleanField(), {"type": "boolean"}),
        (fields.DayField(), {"type": "string", "format": "date"}),
    ],
)
def test_strict_fields_are_described(field, described: dict[str, object]) -> None:
    assert StrictFields(field).map_serializer_field(None, "request") == described


def test_field_nobody_described_is_refused() -> None:
    with pytest.raises(TypeError, match="no description"):
        plain(fields.StrictField())
