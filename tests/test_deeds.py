"""Whatever the journal and the ledger note has words on screen: nobody ever reads a code."""

import ast
import re

import pytest

from delivery import shelving
from orders.models import Credit
from orders.web.journal import HAPPENED
from orders.web.moves import WHY
from shopdesk.accounts.trail.telling import OTHER_DEEDS
from tests.test_house import ROOT

pytestmark = pytest.mark.once

KIND = re.compile(r"(order|call|calls|credit|parcel|return|act|count|stock|product|transfer|period|register|"
                  r"cash|claim|customer|channel|mark_rule|message|pack|packing|hold|phone|person|retention|shop|enquiry)"
                  r"\.[a-z_]+")  # fmt: skip
# Written like kinds and none: masks of fields, and the kind under which `lifecycle` tells by the new status.
NO_KINDS = {"hold.note", "order.address", "order.email", "order.name", "order.phone", "order.moved"}


def kinds_in(source):
    """Give the texts of a module that look like kinds of events."""
    texts = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and KIND.fullmatch(text)} - NO_KINDS


def recorded():
    for app in ("orders", "delivery", "reports", "shopdesk"):
        for path in (ROOT / app).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "journal" in source and not {"web", "migrations"} & set(path.parts):
                yield from kinds_in(source)


def test_every_kind_of_event_has_words():
    kinds = set(recorded()) | {f"credit.{state}" for state in Credit.State.values if state != Credit.State.DUE}

    assert len(kinds) > 80, "the kinds are found"
    assert sorted(kinds - set(HAPPENED) - set(OTHER_DEEDS)) == []


def test_a_kind_without_words_is_found():
    assert kinds_in('journal.record([journal.Entry("order.swallowed", order)], by=by, at=at)') == {"order.swallowed"}


def test_every_end_of_an_inspection_has_words():
    assert set(shelving.REASONS.values()) <= set(WHY)
