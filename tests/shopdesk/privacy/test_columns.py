"""Every column of text has its class, so that erasure, retention and the person's own export reach it (SEC-75, A5)."""

import pytest

from shopdesk.privacy import columns

HOW = "give each a class in shopdesk/privacy/columns.toml (its head says how)"


def test_every_column_of_text_has_a_class_and_a_road():
    """V14.1.1."""
    assert columns.disagreements() == [], HOW


def test_column_without_a_class_is_named(monkeypatch):
    """Negative control: a new column of text that nobody classed."""
    before = columns.disagreements()
    present = [*columns.wordy_columns(), ("orders", "second_phone")]
    monkeypatch.setattr(columns, "wordy_columns", lambda: iter(present))

    named = [one for one in columns.disagreements() if one not in before]
    assert named == ["orders.second_phone has no class in shopdesk/privacy/columns.toml"]


def test_personal_table_without_a_road_is_named(monkeypatch):
    """Negative control: a personal column that no erasure would reach."""
    lost = columns.Table(
        "hold", {"note": "said", **dict.fromkeys(("reason", "role"), "code")}, {}, "", False, False, ["note"]
    )
    monkeypatch.setattr(columns, "tables", lambda: {"hold": lost})
    monkeypatch.setattr(columns, "wordy_columns", lambda: iter([("hold", one) for one in ("note", "reason", "role")]))

    assert columns.disagreements() == ["hold has personal columns and no road"]


@pytest.mark.parametrize("name", ["contact", "said", "past", "answer"])
def test_personal_classes_say_for_how_long(name):
    """V14.1.2."""
    assert columns.classes()[name].personal
    assert columns.classes()[name].days
