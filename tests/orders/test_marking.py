"""The lists: who is VIP, who is blocked, why and by whom; what the rule adds, and that a person's word outranks it."""

import pytest
from django.db import transaction

from orders import lifecycle, marking
from orders.marking import NewMark
from orders.models import Customer, Hold, Order
from orders.status import HoldReason, Status
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods():
    make.product("A", 50)


def blocked(order: Order, **more: str) -> Customer:
    new = NewMark("blocked", more.pop("reason", "never collects"), **more)
    return marking.mark(order.customer_id, new, by=make.BY, at=make.AT)


def returned(**more) -> Order:
    """Let an order come back whole."""
    made = make.handed_over(**more)
    with transaction.atomic():
        order = Order.objects.lock(made.number)
        lifecycle.move([order], Status.RETURNING, by=make.BY, at=make.AT)
        lifecycle.move([order], Status.RETURNED, by=make.BY, at=make.AT)
    return order


def risky(order: Order) -> bool:
    return Hold.objects.filter(order=order, reason=HoldReason.HIGH_RISK, closed_at=None).exists()


def test_blocked_customers_open_orders_are_held_and_freed():
    first = make.order()
    gone = make.delivered(at=make.AT)

    blocked(first)

    assert risky(first)
    assert not risky(gone)
    assert risky(make.order()), "and those to come"
    marking.mark(first.customer_id, NewMark(""), by=make.BY, at=make.AT)
    assert not risky(first)


def test_block_needs_a_word_on_why():
    order = make.order()
    with pytest.raises(marking.ReasonMissing):
        blocked(order, reason="")
    assert not risky(order)


def test_list_names_people_who_never_ordered():
    text = "8 916 123-45-68\n\nAnna@Example.com\n"
    people = marking.list_contacts(text, NewMark("blocked", "list", "external"), by=make.BY, at=make.AT)

    assert len(people) == 2
    assert risky(make.order(phone="+79161234568"))
    assert risky(make.order(phone="", email="anna@example.com"))
    with pytest.raises(marking.NobodyNamed):
        marking.list_contacts(" \n", NewMark("vip"), by=make.BY, at=make.AT)


@pytest.mark.parametrize("bad", ["nobody", "anna@", "12-34"])
def test_list_with_a_line_that_cannot_be_read_names_it_and_marks_nobody(bad):
    text = f"8 916 123-45-68\n\n{bad}\nanna@example.com"
    with pytest.raises(marking.UnreadableContacts) as refusal:
        marking.list_contacts(text, NewMark("blocked", "list", "external"), by=make.BY, at=make.AT)

    assert refusal.value.detail == {"lines": "3"}
    assert not Customer.objects.exclude(mark="").exists()


def test_list_that_is_too_long_is_refused_whole_and_never_cut():
    text = "\n".join(f"+7916{number:07}" for number in range(501))
    with pytest.raises(marking.TooManyContacts):
        marking.list_contacts(text, NewMark("blocked", "list", "external"), by=make.BY, at=make.AT)
    assert not Customer.objects.exists()


def test_persons_word_outranks_an_outside_list():
    order = make.order()
    marking.mark(order.customer_id, NewMark("vip", "the mayor"), by=make.BY, at=make.AT)

    marking.list_contacts(make.PHONE, NewMark("blocked", "list", "external"), by=make.BY, at=make.AT)

    assert Customer.objects.get(pk=order.customer_id).mark == "vip"


def test_rule_blocks_whose_orders_come_back():
    marking.set_rule(2, by=make.BY, at=make.AT)
    returned()
    waiting = make.order()
    assert not risky(waiting)

    returned()

    customer = Customer.objects.get(pk=waiting.customer_id)
    assert (customer.mark, customer.mark_source) == ("blocked", "rule")
    assert risky(waiting)


def test_without_the_rule_nobody_is_blocked():
    returned()
    returned()

    assert Customer.objects.get().mark == ""


@pytest.mark.parametrize("said", [NewMark("vip", "pays"), NewMark("")])
def test_persons_word_outranks_the_rule(said):
    order = make.order()
    marking.mark(order.customer_id, said, by=make.BY, at=make.AT)
    marking.set_rule(1, by=make.BY, at=make.AT)

    returned()
    marking.look_back(at=make.AT)

    assert Customer.objects.get().mark == said.mark


def test_rule_looks_back_once():
    returned()
    waiting = make.order()
    marking.set_rule(1, by=make.BY, at=make.AT)

    assert marking.look_back(at=make.AT) == 1
    assert marking.look_back(at=make.AT) == 0
    assert risky(waiting)


def test_notes_tags_and_consent_are_kept():
    order = make.order()
    kept = marking.annotate(
        order.customer_id, note="rings back", tags=["opt", " opt", "B2B"], consent="given", by=make.BY, at=make.AT
    )

    assert (kept.note, kept.tags, kept.consent, kept.consent_at) == ("rings back", ["opt", "B2B"], "given", make.AT)
    with pytest.raises(marking.TooManyTags):
        marking.annotate(order.customer_id, note="", tags=["x" * 41], consent="", by=make.BY, at=make.AT)
