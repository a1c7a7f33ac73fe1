"""Labels: a shop's own names inside a status, put on by hand, dropped by the next move, and never read by a rule."""

import pytest

from orders import changes, labels, lifecycle
from orders.labels import NewLabel
from orders.models import JournalEvent, Order, StatusLabel
from orders.status import CancelReason, Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry
from tests import make

pytestmark = pytest.mark.django_db
OWNER = Actor("person", 1)


def label(name="Waits for the supplier", status=Status.NEW, **more):
    return labels.make(NewLabel(status, name, **more), by=OWNER, at=make.AT)


def put(order, one, **who):
    return labels.put_on(order.number, one.pk if one else None, by=OWNER, at=make.AT)


def fresh(order):
    return Order.objects.select_related("label").get(pk=order.pk)


def test_a_label_is_put_on_journalled_and_the_status_stays():
    order, one = make.order(), label()

    put(order, one)

    after = fresh(order)
    assert (after.label, after.status) == (one, Status.NEW)
    event = order.events.latest("seq")
    assert (event.kind, event.to_status, event.data) == ("order.labelled", "", {"from": None, "to": one.code})
    assert after.version == event.seq


def test_the_same_label_again_changes_nothing():
    order, one = make.order(), label()
    put(order, one)

    put(order, one)

    assert JournalEvent.objects.filter(kind="order.labelled").count() == 1


def test_a_label_of_another_status_is_refused_in_a_sentence():
    order, one = make.order(), label(status=Status.PACKED)

    with pytest.raises(labels.LabelElsewhere, match="is a label of orders that are packed"):
        put(order, one)

    assert fresh(order).label is None


def test_the_next_status_drops_it():
    order, one = make.order(), label()
    put(order, one)

    changes.cancel(order.number, CancelReason.PRICE, by=OWNER, at=make.AT)

    assert fresh(order).label is None


def test_a_default_is_put_on_by_itself_wherever_orders_enter_the_status():
    begins = label("Just came", is_default=True)
    gone = label("To be asked why", Status.CANCELLED, is_default=True)

    order = make.order()
    assert fresh(order).label == begins
    changes.cancel(order.number, CancelReason.PRICE, by=OWNER, at=make.AT)

    assert fresh(order).label == gone


def test_a_moved_order_in_hand_tells_its_label_of_now():
    gone = label("To be asked why", Status.CANCELLED, is_default=True)

    order = changes.cancel(make.order().number, CancelReason.PRICE, by=OWNER, at=make.AT)

    assert order.label == gone


def test_one_default_a_status():
    first, second = label("One", is_default=True), label("Two", is_default=True)

    assert list(StatusLabel.objects.filter(is_default=True)) == [second]
    first.refresh_from_db()
    assert not first.is_default


def test_names_are_each_once_in_a_status():
    label("Gift")

    with pytest.raises(labels.LabelTaken):
        label("gift")
    assert label("Gift", Status.PACKED).code == "gift-2"


def test_a_name_without_latin_letters_gets_a_code_of_its_own():
    assert [label("Ждёт поставщика").code, label("Подарок").code] == ["label", "label-2"]


def test_a_label_taken_away_stays_on_its_orders_and_goes_on_no_other():
    order, other, one = make.order(), make.order(), label()
    put(order, one)

    labels.take_away(one.pk, by=OWNER, at=make.AT)
    labels.take_away(one.pk, by=OWNER, at=make.AT)

    assert fresh(order).label == one
    with pytest.raises(Missing):
        put(other, one)
    assert TrailEntry.objects.filter(deed=Deed.LABEL_REMOVED).count() == 1


def test_changes_of_labels_stand_in_the_trail_before_and_after():
    one = label("Gift")

    labels.change(one.pk, NewLabel(Status.NEW, "Gift wrap", colour="good"), by=OWNER, at=make.AT)

    made, changed = TrailEntry.objects.order_by("pk")
    assert (made.deed, made.after["name"]) == (Deed.LABEL_MADE, "Gift")
    assert (changed.before["name"], changed.after["name"], changed.after["colour"]) == ("Gift", "Gift wrap", "good")


@pytest.mark.once
def test_a_shop_has_no_second_set_of_statuses():
    StatusLabel.objects.bulk_create(
        StatusLabel(code=f"c{n}", name=f"Label {n}", status=Status.NEW) for n in range(labels.MOST)
    )

    with pytest.raises(labels.TooManyLabels):
        label("One more")


@pytest.mark.once
def test_no_rule_reads_a_label():
    """The tables of moves, goods and work know statuses alone: a labelled order goes the same way."""
    plain, marked = make.order(), make.order()
    put(marked, label())

    for order in (plain, marked):
        changes.cancel(order.number, CancelReason.PRICE, by=OWNER, at=make.AT)

    told = [
        [(event.kind, event.to_status) for event in order.events.order_by("seq") if event.kind != "order.labelled"]
        for order in (plain, marked)
    ]
    assert told[0] == told[1]


def test_a_label_is_undone_unless_somebody_changed_it_since():
    order, one, two = make.order(), label("One"), label("Two")
    change = put(order, one)

    assert labels.put_back(change, by=OWNER, at=make.AT)
    assert fresh(order).label is None

    change = put(order, one)
    put(order, two)
    assert not labels.put_back(change, by=OWNER, at=make.AT)
    assert fresh(order).label == two


def test_without_the_drop_a_label_would_stay_where_it_does_not_belong(monkeypatch):
    """Negative control: it is the move that drops it."""
    order, one = make.order(), label()
    put(order, one)
    monkeypatch.setattr(lifecycle, "default_label", lambda status: StatusLabel.objects.filter(pk=one.pk).values("pk"))

    changes.cancel(order.number, CancelReason.PRICE, by=OWNER, at=make.AT)

    assert fresh(order).label == one
