"""What is passed as one array is what psycopg would pass value by value."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from orders.models import OrderLine
from orders.writing import LINE_COLUMNS
from shopdesk.base.arrays import columns_of
from shopdesk.base.bulk import insert
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
AT = datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC)
OUTSIDE = ["\0"], ["Cs"]  # what no text of PostgreSQL holds
TEXTS = st.text(st.characters(exclude_characters=OUTSIDE[0], exclude_categories=OUTSIDE[1]), max_size=9)


def read(kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT one FROM unnest(%s::{kind}[]) WITH ORDINALITY AS t(one, n) ORDER BY n", values)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, -2, None, 2**62]), ("boolean", [True, None, False]), ("date", [date(2028, 2, 29), None]),
        ("timestamptz", [AT, None]), ("timestamptz", [AT]), ("numeric", [Decimal("1.10"), Decimal(2)]),
        ("text", ["", "NULL", "null", None, "{}", "a,b", '"', "\\", ' " ', "None", "\t\n\r", "Ё😀\u2028"]),
        ("text", ['"a\\,b'] * 3), ("text", ["NULL"] * 2), ("text", [""] * 2), ("bigint", [None] * 3),
        ("text", [None] * 2),
    ],
)  # fmt: skip
def test_values_come_back_as_they_were(kind, values):
    assert read(kind, columns_of([[value] for value in values])) == values


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(TEXTS | st.none(), min_size=1, max_size=6))
def test_texts_come_back_whatever_they_are(texts):
    assert read("text", columns_of([[text] for text in texts])) == texts


def test_json_comes_back_as_it_was():
    said = [{"a": 'x"y\\z', "b": [None, 1.5]}, {}, None]

    found = read("jsonb", columns_of([[None if one is None else Jsonb(one)] for one in said]))

    assert [json.loads(one) if isinstance(one, str) else one for one in found] == said


def test_a_text_with_a_nul_is_refused_and_shifts_no_row():
    """Negative control of the mark that stands between two texts."""
    with pytest.raises(DataError), transaction.atomic():
        columns_of([["a\0b", 1], ["c", 2]])


def test_a_text_that_is_too_long_is_refused_and_not_cut():
    make.product("A", 1)
    order = make.order([("A", 1, "1.00")])
    row = [order.pk, 2, None, "goods", "x" * 500, "n", "", "", 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]

    with pytest.raises(DataError), transaction.atomic():
        insert(OrderLine, LINE_COLUMNS, [row, [order.pk, 3, *row[2:]]])

    assert OrderLine.objects.count() == 1
