"""Orders that need no call: tried on the past first, confirmed with their figures, sampled ever after."""

import pytest

from orders import calls, nocall, payments
from orders.models import CallTask, JournalEvent, NoCallDecision, NoCallRule, Order, Payment
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import Malformed, Missing
from tests import make

pytestmark = pytest.mark.django_db
FIGURES = {"sample_percent": 100}


@pytest.fixture(autouse=True)
def goods():
    make.product("A", on_hand=50)


def rule(what="prepaid", *, on=True, at=make.AT, **figures):
    made = calls.set_rule(None, what=what, figures=FIGURES | figures, by=make.BY, at=at)
    if on:
        calls.try_rule(made.pk, at=at)
        calls.switch_rule(made.pk, on=True, by=make.BY, at=at)
    return made


def prepaid(**fields):
    return make.order(payment_method="prepaid", paid_minor=12_900, **fields)


def status(order):
    return Order.objects.get(pk=order.pk).status


def test_paid_order_is_confirmed_by_the_rule_with_its_figures():
    made = rule()

    order = prepaid()

    assert status(order) == Status.CONFIRMED
    assert not CallTask.objects.filter(closed_at=None).exists()
    decision = NoCallDecision.objects.get()
    assert (decision.rule, decision.order, decision.sampled) == (made, order, True)
    assert decision.inputs == {"total_minor": 12_900, "paid": True, "delivered": 0, "refused": 0}
    moved = JournalEvent.objects.get(order=order, to_status=Status.CONFIRMED)
    assert (moved.actor, moved.data["reason"]) == (Actor("rule", made.pk), "no_call_needed")
    assert decision.event == moved


def test_without_the_rule_the_same_order_is_rung():
    """Negative control."""
    rule(on=False)

    assert status(prepaid()) == Status.NEW
    assert not NoCallDecision.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"comment": "ring me first"}, {"phone": "none"}, {"items": [("UNKNOWN", 1, "129.00")]}]
)
def test_order_that_a_person_has_to_see_is_rung_all_the_same(fields):
    rule()

    assert status(prepaid(**fields)) == Status.NEW


def test_dear_order_is_rung_all_the_same():
    rule(most_total_minor=12_899)

    assert status(prepaid()) == Status.NEW


def test_order_that_is_paid_later_needs_no_call_from_then_on():
    rule()
    order = make.order(payment_method="prepaid")
    assert status(order) == Status.NEW

    payments.record(order.pk, 12_900, account=Payment.Account.PREPAID, by=make.BY, at=make.after(hours=1))

    assert status(order) == Status.CONFIRMED
    assert CallTask.objects.get().closed_at == make.after(hours=1)


def test_customer_who_is_being_rung_is_not_confirmed_behind_the_caller_s_back():
    rule()
    order = make.order(payment_method="prepaid")
    calls.take_next(make.manager().pk, at=make.AT)

    payments.record(order.pk, 12_900, account=Payment.Account.PREPAID, by=make.BY, at=make.AT)

    assert status(order) == Status.NEW


def test_loyal_customer_is_one_with_deliveries_and_no_refusal():
    rule("loyal", least_delivered=2, most_refused=0)
    history = [make.delivered() for _ in range(2)]
    assert [status(order) for order in history] == ["delivered", "delivered"]

    loyal = make.order(at=make.after(days=1))
    Order.objects.filter(pk=history[0].pk).update(status=Status.RETURNED)
    refuser = make.order(at=make.after(days=1))

    assert (status(loyal), status(refuser)) == (Status.CONFIRMED, Status.NEW)


@pytest.mark.parametrize(
    ("call_minor", "history", "loss"), [(2_001, (0, 0), 2_000), (2_000, (0, 0), 2_000), (1_001, (5, 0), 1_000),
    (5_001, (0, 3), 5_000), (669, (10, 0), 667)],
)  # fmt: skip
def test_small_risk_weighs_a_call_against_what_it_may_save(call_minor, history, loss):
    """A refusal costs 100.00 and one order in five is refused: an unknown customer may cost 20.00."""
    made = NoCallRule(what="small_risk", call_minor=call_minor, refusal_minor=10_000, refusal_percent=20)
    facts = nocall.Facts(12_900, False, *history)

    assert nocall.expected_loss(made, facts) == loss
    assert nocall.says_no_call(made, facts) is (call_minor > loss)


def test_rule_is_tried_on_past_orders_before_it_may_be_switched_on():
    skipped, rung = prepaid(), make.order(phone="+79031112233")
    refused = prepaid(phone="+79031112244")
    Order.objects.filter(pk=refused.pk).update(status=Status.RETURNED)
    made = rule(on=False, at=make.after(days=1))
    with pytest.raises(calls.NotTried):
        calls.switch_rule(made.pk, on=True, by=make.BY, at=make.after(days=1))

    trial = calls.try_rule(made.pk, at=make.after(days=1))

    assert (trial.skipped, trial.of, trial.went_wrong) == (2, 3, 1)
    assert {one.order.pk for one in trial.rows} == {skipped.pk, refused.pk}
    assert status(skipped) == Status.NEW
    assert status(rung) == Status.NEW
    assert calls.switch_rule(made.pk, on=True, by=make.BY, at=make.after(days=1)).tried == {
        "of": 3, "skipped": 2, "went_wrong": 1,
    }  # fmt: skip


def test_trial_knows_only_what_was_known_when_the_order_came():
    """Negative control: money and deliveries of later days would have skipped it."""
    order = make.order(payment_method="prepaid")
    payments.record(order.pk, 12_900, account=Payment.Account.PREPAID, by=make.BY, at=make.after(hours=1))
    make.delivered(at=make.after(hours=2))
    early = rule(on=False, at=make.after(days=1))
    loyal = rule("loyal", least_delivered=1, on=False, at=make.after(days=1))

    assert calls.try_rule(early.pk, at=make.after(days=1)).skipped == 0
    assert calls.try_rule(loyal.pk, at=make.after(days=1)).skipped == 0


def test_changed_rule_is_off_until_it_is_tried_again():
    made = rule()

    changed = calls.set_rule(
        made.pk, what="prepaid", figures={"most_total_minor": 100}, by=make.BY, at=make.after(hours=1)
    )

    assert not changed.active
    with pytest.raises(calls.NotTried):
        calls.switch_rule(made.pk, on=True, by=make.BY, at=make.after(hours=1))


def test_sampled_decisions_wait_for_a_verdict():
    rule()
    order = prepaid()
    anna = make.manager()
    [decision] = nocall.to_look_at()

    calls.judge(decision.pk, "wrong", person=anna.pk, at=make.AT)

    assert not nocall.to_look_at()
    assert NoCallDecision.objects.get(order=order).verdict == "wrong"
    with pytest.raises(Malformed):
        calls.judge(decision.pk, "perhaps", person=anna.pk, at=make.AT)
    with pytest.raises(Missing):
        calls.judge(decision.pk + 1, "right", person=anna.pk, at=make.AT)


@pytest.mark.parametrize(
    ("what", "figures"), [("magic", {}), ("prepaid", {"sample_percent": 101}), ("loyal", {"least_delivered": None})]
)
def test_rule_with_wrong_figures_is_refused(what, figures):
    with pytest.raises(Malformed):
        calls.set_rule(None, what=what, figures=figures, by=make.BY, at=make.AT)
    assert not NoCallRule.objects.exists()
