"""The table of masks: what each role sees of a field, and what a wrong line in it does."""

from dataclasses import replace

import pytest

from shopdesk.base import masks
from shopdesk.base.access import NO_LIMITS, Kind, Subject

COSTLESS = Subject(Kind.MANAGER, limits=replace(NO_LIMITS, cost=False))


def who(kind: str) -> Subject:
    return Subject(Kind(kind))


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("owner", "+79161234567"), ("manager", "+79161234567"), ("storefront", "+79161234567"),
        ("courier", "+79161234567"), ("courier_person", "+7916***4567"), ("packer", "+7916***4567"),
        ("anonymous", None),
    ],
)  # fmt: skip
def test_phone(kind, seen):
    assert masks.show(who(kind), "order.phone", "+79161234567") == seen


def test_name_is_shortened_for_those_who_carry_it():
    assert masks.show(who("packer"), "order.name", "Елена Викторовна Третьякова") == "Елена Т."
    assert masks.show(who("courier_person"), "order.name", "Елена") == "Елена"


def test_staff_notes_are_nobodys_but_the_staffs():
    seeing = {kind for kind in Kind if masks.sees(Subject(kind), "hold.note")}

    assert seeing == {Kind.OWNER, Kind.MANAGER}


def test_cost_is_hidden_and_not_written_when_the_owner_says_so():
    """V8.2.3."""
    assert masks.sees(who("manager"), "product.cost")
    assert masks.may_write(who("manager"), "product.cost")
    assert not masks.sees(COSTLESS, "product.cost")
    assert not masks.may_write(COSTLESS, "product.cost")


def test_visible_leaves_out_what_is_hidden_and_masks_the_rest():
    shown = {"number": 7, "phone": "+79161234567", "address": "Садовая 1"}

    seen = masks.visible(who("packer"), shown, {"phone": "order.phone", "address": "order.address"})

    assert seen == {"number": 7, "phone": "+7916***4567"}


def test_field_that_is_not_in_the_table_is_never_shown():
    """V8.1.2."""
    with pytest.raises(KeyError):
        masks.show(who("owner"), "order.secret", "x")


@pytest.mark.parametrize(
    "line", ['owner = "wide open"', 'boss = "open"', 'manager = "open if brave"', 'write = ["everybody"]']
)
def test_line_that_means_nothing_stops_the_desk(line, monkeypatch, tmp_path):
    """V8.1.2."""
    (tmp_path / "masks.toml").write_text(f'["order.phone"]\n{line}\n', encoding="utf-8")
    monkeypatch.setattr(masks, "__file__", str(tmp_path / "masks.py"))
    masks._table.cache_clear()
    try:
        with pytest.raises(ValueError, match="masks.toml"):
            masks.sees(who("owner"), "order.phone")
    finally:
        monkeypatch.undo()
        masks._table.cache_clear()
