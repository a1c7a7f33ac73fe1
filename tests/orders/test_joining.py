"""Two cards of one person become one, seen before, and are taken apart again; doubts are for a person to decide."""

import pytest

from orders import joining
from orders.models import CallTask, Customer, CustomerConflict, CustomerPhone, JournalEvent, Order, SearchKey
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
ANNA, OTHER = "+79161234567", "+79161234568"


@pytest.fixture
def two():
    """Two cards: Anna's two orders by one phone, one order by another."""
    make.product("A", 10)
    for phone in (ANNA, ANNA, OTHER):
        make.order(phone=phone)
    return [CustomerPhone.objects.get(phone=phone).customer for phone in (ANNA, OTHER)]


def state() -> list[object]:
    """Everything that says whose something is."""
    rows = [Order, CallTask, CustomerPhone, SearchKey]
    cards = Customer.objects.order_by("pk").values_list("pk", "mark", "joined_into")
    return [*cards, *(list(model.objects.order_by("pk").values_list("pk", "customer")) for model in rows)]


def test_what_joining_would_do_is_shown_and_nothing_is_done(two):
    before = state()

    shown = joining.foresee(two[0].pk, two[1].pk)

    assert (shown.orders, shown.phones) == (1, (OTHER,))
    assert state() == before


def test_everything_moves_and_comes_back(two):
    kept, gone = two
    before = state()

    joined = joining.join(kept.pk, gone.pk, by=make.BY, at=make.AT)

    assert set(Order.objects.values_list("customer", flat=True)) == {kept.pk}
    assert set(CallTask.objects.values_list("customer", flat=True)) == {kept.pk}
    assert make.order(phone=OTHER, at=make.after(hours=1)).customer_id == kept.pk
    assert JournalEvent.objects.filter(kind=joining.JOINED, order__isnull=False).count() == 1
    assert JournalEvent.objects.filter(kind=joining.JOINED, subject_id=str(kept.pk)).count() == 1

    joining.split_off(joined.pk, by=make.BY, at=make.after(hours=2))

    assert Order.objects.order_by("-pk").first().customer_id == gone.pk, "it came by the phone that went back"
    Order.objects.order_by("-pk").first().call_tasks.all()
    after = state()
    assert after[:2] == before[:2]
    assert all(pair in after[2] for pair in before[2])
    assert after[4] == before[4]


def test_no_table_with_a_customer_is_forgotten():
    named = {model._meta.db_table for model, _field in joining._tables()}
    assert {"orders", "customer_phone", "search_key", "call_task", "credit", "phone_call"} <= named


def test_joined_twice_or_with_itself_is_refused(two):
    kept, gone = two
    third = make.order(phone="+79161234569").customer_id
    with pytest.raises(joining.SameCustomer):
        joining.join(kept.pk, kept.pk, by=make.BY, at=make.AT)
    joined = joining.join(kept.pk, gone.pk, by=make.BY, at=make.AT)
    with pytest.raises(joining.SameCustomer):
        joining.join(kept.pk, gone.pk, by=make.BY, at=make.AT)
    with pytest.raises(joining.JoinedElsewhere):
        joining.join(third, gone.pk, by=make.BY, at=make.AT)
    joining.split_off(joined.pk, by=make.BY, at=make.AT)
    with pytest.raises(joining.NotJoined):
        joining.split_off(joined.pk, by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        joining.join(kept.pk, 10**9, by=make.BY, at=make.AT)


def test_order_with_phones_of_two_cards_asks_and_merges_nothing(two):
    kept, gone = two

    order = make.order(phone=f"{ANNA}, {OTHER}")
    make.order(phone=f"{OTHER}; {ANNA}")

    conflict = CustomerConflict.objects.get()
    assert (conflict.known_id, conflict.other_id) == (kept.pk, gone.pk)
    assert order.customer_id == kept.pk
    assert set(Customer.objects.values_list("joined_into", flat=True)) == {None}


def test_two_people_are_not_asked_about_again(two):
    make.order(phone=f"{ANNA}, {OTHER}")
    joining.keep_apart(CustomerConflict.objects.get().pk, by=make.BY, at=make.AT)
    make.order(phone=f"{ANNA}, {OTHER}")

    assert CustomerConflict.objects.filter(closed_at=None).count() == 0
    assert CustomerConflict.objects.get().are_two


def test_joining_answers_the_question(two):
    make.order(phone=f"{ANNA}, {OTHER}")
    joining.join(two[0].pk, two[1].pk, by=make.BY, at=make.AT)

    assert not CustomerConflict.objects.filter(closed_at=None).exists()


def test_card_without_a_mark_takes_the_others_and_gives_it_back(two):
    kept, gone = two
    Customer.objects.filter(pk=gone.pk).update(mark="blocked", mark_reason="x", mark_source="manual")

    joined = joining.join(kept.pk, gone.pk, by=make.BY, at=make.AT)
    kept.refresh_from_db()
    assert (kept.mark, kept.mark_source) == ("blocked", "manual")
    joining.split_off(joined.pk, by=make.BY, at=make.AT)
    kept.refresh_from_db()
    assert kept.mark == ""


def test_buyout_is_counted_phone_by_phone(two):
    joining.join(two[0].pk, two[1].pk, by=make.BY, at=make.AT)
    make.delivered(phone=OTHER)

    rows = joining.buyout(two[0].pk)
    assert [(row["contact_phone"], row["all"], row["delivered"], row["refused"]) for row in rows] == [
        (ANNA, 2, 0, 0), (OTHER, 2, 1, 0),
    ]  # fmt: skip
