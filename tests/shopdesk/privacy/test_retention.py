"""Each class is kept so long and no longer; the second run finds nothing; each run that empties has its act (A6)."""

from datetime import timedelta

import pytest

from orders import changes
from orders.models import IdempotencyKey, Order, PersonalValue
from orders.status import CancelReason
from shopdesk.base.errors import Malformed
from shopdesk.management.commands.audit import run as audit
from shopdesk.privacy import retention, search
from shopdesk.privacy.audit import changed_acts, checks
from shopdesk.privacy.models import RetentionRun
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry
from tests import make
from tests.shopdesk.privacy import canaries

pytestmark = pytest.mark.django_db


@pytest.fixture
def canary():
    make.shop()
    make.product("A", 5)
    return canaries.lived_order(make.owner().subject.actor)


def days(number: int, **more: int):
    return make.AT + timedelta(days=number, **more)


def test_answers_go_after_thirty_days_and_the_order_stays(canary):
    assert retention.run(at=days(29)) is None

    act = retention.run(at=days(31))

    assert act.counts == {"idempotency_key.answer": 1}
    assert IdempotencyKey.objects.get().answer is None
    assert Order.objects.get(pk=canary.pk).contact_name == canaries.NAME


def test_old_values_go_after_a_year(canary):
    """V14.2.4."""
    retention.run(at=days(366))

    assert not PersonalValue.objects.exclude(old="", new="").exists()
    assert Order.objects.get(pk=canary.pk).contact_phone == canaries.PHONE


def test_person_goes_three_years_after_their_last_order_and_audit_is_clean(canary):
    other = make.order(phone="+79161112233", name="Пётр", at=days(1000))
    changes.cancel(other.number, CancelReason.TEST, by=make.BY, at=days(1001))

    act = retention.run(at=days(1096))

    assert act.people == 1
    assert search.in_tables(canaries.TRACES, using="default") == {}
    assert Order.objects.get(pk=other.pk).contact_name == "Пётр"
    assert [one["id"] for one in audit(checks()) if one["violations"]] == []


def test_second_run_finds_nothing(canary):
    assert retention.run(at=days(1096))
    assert retention.run(at=days(1096)) is None
    assert RetentionRun.objects.count() == 1


def test_open_order_is_kept_however_old(canary):
    still = make.order(phone="+79161112233", name="Пётр", comment="жду")

    retention.run(at=days(4000))

    kept = Order.objects.get(pk=still.pk)
    assert (kept.contact_name, kept.comment) == ("Пётр", "жду")


def test_order_of_nobody_known_goes_too(canary):
    lone = make.order(phone="", name="Без телефона", email="")
    changes.cancel(lone.number, CancelReason.TEST, by=make.BY, at=make.AT)

    retention.run(at=days(1096))

    assert Order.objects.get(pk=lone.pk).contact_name == ""


def test_owner_sets_the_periods(canary):
    owner = make.owner()
    retention.set_periods({"answer": 5, "past": 365}, by=owner.subject.actor, at=make.AT)

    assert retention.run(at=days(6)).counts == {"idempotency_key.answer": 1}
    entry = TrailEntry.objects.get(deed=Deed.SETTINGS_CHANGED)
    assert (entry.before, entry.after) == ({"answer": 30}, {"answer": 5})


@pytest.mark.parametrize("said", [{"answer": 0}, {"answer": 3651}, {"code": 5}, {"nonsense": 5}])
def test_wrong_period_is_refused(canary, said):
    with pytest.raises(Malformed):
        retention.set_periods(said, by=make.BY, at=make.AT)


def test_changed_act_is_found(canary):
    """Negative control: an act that was rewritten does not fit its hash."""
    act = retention.run(at=days(31))
    assert changed_acts("default").broken == 0

    RetentionRun.objects.filter(pk=act.pk).update(counts={"idempotency_key.answer": 2})

    assert changed_acts("default").broken == 1
