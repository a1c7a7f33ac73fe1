"""Plans: days sum to the month, what was missed rolls on, and the page, the JSON door and the figures agree."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import lifecycle
from orders.models import JournalEvent, Order
from orders.status import Status
from reports import planning, plans
from reports.models import MonthPlan
from reports.plans import MonthOver, NewPlan, NothingPlanned, NoWorkingDay
from shopdesk.base.access import Actor
from tests import make

NOVEMBER = date(2026, 11, 1)
TUESDAY = make.after(days=1)  # the Monday of `make.AT` is over
WEIGHTS = st.lists(st.integers(0, 50), min_size=3, max_size=31).filter(any)
QUICKLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SUMS = st.integers(0, 10**12)


@QUICKLY
@given(SUMS, WEIGHTS)
def test_days_sum_to_the_month_to_the_minor_unit(total, weights):
    days = planning.spread(total, weights)

    assert sum(days) == total
    assert min(days) >= 0
    assert all(day == 0 for day, weight in zip(days, weights, strict=True) if not weight)
    # No day is off its exact share by a whole unit.
    assert all(
        abs(day * sum(weights) - total * weight) < sum(weights) for day, weight in zip(days, weights, strict=True)
    )


@QUICKLY
@given(SUMS, WEIGHTS, st.data())
def test_what_was_missed_rolls_on_and_sums_to_what_is_left(total, weights, data):
    over = data.draw(st.integers(0, len(weights)))
    done = data.draw(st.lists(st.integers(-(10**6), 10**12), min_size=over, max_size=over))
    course = planning.course(total, weights, done)

    assert course.left == max(total - sum(done), 0)
    assert sum(course.rolled) == (course.left if over < len(weights) else 0)
    assert len(course.done) + len(course.rolled) == len(weights)
    ahead = sum(weight > 0 for weight in weights[over:]) or len(weights) - over
    needed = planning.needed_a_day(course, weights)
    assert needed * ahead >= course.left if ahead else needed == 0
    assert (needed - 1) * ahead < course.left or needed == 0


def test_days_done_as_planned_leave_the_others_as_they_were():
    weights = [1, 2, 3, 4]
    planned = planning.spread(100, weights)

    course = planning.course(100, weights, planned[:2])

    assert course.rolled == planned[2:]
    assert course.forecast == 100
    assert course.ahead == 0
    # Negative control: with one order less something does roll on.
    assert planning.course(100, weights, [planned[0], planned[1] - 1]).rolled != planned[2:]


def test_the_run_rate_weighs_the_days():
    # A Sunday that weighs a fifth brought its fifth: by plain days the forecast would be 4 × 2.
    assert planning.course(100, [1, 3, 3, 3], [2]).forecast == 20
    assert planning.course(100, [0, 3, 3, 3], [0]).forecast is None


@QUICKLY
@given(st.lists(st.integers(0, 10**6), min_size=0, max_size=70))
def test_weekdays_weigh_by_the_mean_of_their_days(counts):
    history = [(NOVEMBER + timedelta(days=index), count) for index, count in enumerate(counts)]
    weights = planning.weekday_weights(history)

    assert len(weights) == 7
    assert any(weights)
    assert all(weights[weekday] == 0 for weekday in range(7)
               if any(counts) and any(weights[w] > 1 for w in range(7))
               and not any(count for on, count in history if on.weekday() == weekday))  # fmt: skip


def test_holidays_weigh_nothing_and_a_month_of_holidays_is_worked():
    days = [date(2026, 11, day) for day in range(1, 8)]

    assert planning.day_weights(days, [1] * 7, {days[3]}) == (1, 1, 1, 0, 1, 1, 1)
    assert planning.day_weights(days, [1] * 7, set(days)) == (1,) * 7


@pytest.mark.django_db
class TestDesk:
    @pytest.fixture
    def owner(self):
        return make.owner()

    @pytest.fixture
    def month(self, owner):
        """A plan of 100 orders and 9 000 ₽, everybody alike; an order sold on Monday."""
        make.product("A", 9)
        make.delivered([("A", 2, "100.00")])
        new = NewPlan(NOVEMBER, 100, {"RUB": 900_000}, (1,) * 7, shares={owner.pk: 3, make.manager().pk: 1})
        return plans.set_month(new, by=owner.subject.actor, at=make.AT)

    def test_progress_counts_the_days_that_are_over(self, month):
        found = plans.read(NOVEMBER, at=TUESDAY)

        assert found.over == 23
        assert (found.orders.reached, found.orders.total) == (1, 100)
        assert found.revenue["RUB"].reached == 20_000
        assert sum(found.orders.rolled) == 99
        assert sum(found.revenue["RUB"].rolled) == 880_000
        assert found.so_far.orders == 0
        assert sum(one.share for one in found.people) == 100

    def test_today_is_not_over(self, month):
        """Negative control: an hour earlier Monday still goes on, and counts as today."""
        found = plans.read(NOVEMBER, at=make.after(hours=11))

        assert (found.over, found.orders.reached, found.so_far.orders) == (22, 0, 1)

    def test_people_are_counted_by_whose_word_it_was(self, month, owner):
        event = JournalEvent.objects.filter(to_status="confirmed").first()
        mine = make.confirmed(phone="+79161112233", at=make.AT)
        found = plans.read(NOVEMBER, at=TUESDAY)
        assert event.actor == make.BY
        assert [one.done for one in found.people] == [0, 0]  # a sweep confirmed both

        new = make.order(phone="+79162223344")
        lifecycle.move([Order.objects.lock(new.number)], Status.CONFIRMED, by=owner.subject.actor, at=make.AT)
        done = {one.person: one.done for one in plans.read(NOVEMBER, at=TUESDAY).people}
        assert done[owner.pk] == 1
        assert sum(done.values()) == 1
        assert mine.number != new.number

    def test_weights_come_from_history_and_are_kept(self, owner):
        make.confirmed(at=make.after(days=-28))  # a Monday of October
        plan = plans.set_month(NewPlan(NOVEMBER, 50), by=owner.subject.actor, at=make.AT)

        assert plan.weekdays[0] == planning.FINEST
        assert not any(plan.weekdays[1:])
        assert not plan.by_hand

    def test_holidays_of_the_country_weigh_nothing_if_chosen(self, owner):
        make.shop(country="RU")
        fourth = 3  # 4 November is the day of national unity
        on = plans.set_month(NewPlan(NOVEMBER, 50, {}, (1,) * 7, True), by=owner.subject.actor, at=make.AT)
        assert on.day_weights[fourth] == 0
        off = plans.set_month(NewPlan(NOVEMBER, 50, {}, (1,) * 7), by=owner.subject.actor, at=make.AT)
        assert off.day_weights[fourth] == 1
        assert MonthPlan.objects.count() == 1

    def test_what_cannot_be_planned_is_refused(self):
        by = Actor("person", 1)
        for new, refusal in (
            (NewPlan(date(2026, 10, 1), 50), MonthOver),
            (NewPlan(NOVEMBER, 0, {"RUB": 0}), NothingPlanned),
            (NewPlan(NOVEMBER, 50, {}, (0,) * 7), NoWorkingDay),
        ):
            with pytest.raises(refusal):
                plans.set_month(new, by=by, at=make.AT)

    def test_page_sets_and_shows_it(self, owner):
        client, manager = Client(), Client()
        client.force_login(owner)
        manager.force_login(make.manager())
        path = reverse("reports-plan") + "?on=2026-11-01"
        typed = {"orders": "300", "revenue-RUB": "1 500,50", f"person-{owner.pk}": "2"}
        with time_machine.travel(TUESDAY, tick=False):
            assert manager.post(path, typed).status_code == 404
            assert client.post(path, typed).status_code == 302
            assert client.post(path, typed | {"weekday-0": "-1"}).status_code in {400, 422}
            page = client.get(path).content.decode()
            assert manager.get(path).status_code == 200
            assert 'name="orders"' not in manager.get(path).content.decode()
        plan = MonthPlan.objects.get()

        assert (plan.orders, plan.revenue) == (300, {"RUB": 150_050})
        assert "300" in page
        assert page.count("<tr") > 30
        assert '<polyline class="before"' in page
        assert JournalEvent.objects.filter(kind="plan.set").count() == 1

    def test_json_says_the_same(self, owner):
        token = make.token(owner)
        client = Client(headers={"Authorization": f"Bearer {token}"})
        path = reverse("api:reports-plan", args=["2026-11"])
        body = {"orders": 31, "revenue": [{"currency": "RUB", "amount": "100.01"}], "weekdays": [1] * 7}
        with time_machine.travel(TUESDAY, tick=False):
            assert client.get(path).json()["orders"] is None
            said = client.put(path, body, content_type="application/json")
            assert client.get(reverse("api:reports-plan", args=["2026-13"])).status_code == 404
            wrong = client.put(path, body | {"weekdays": [1, 2]}, content_type="application/json")

        assert said.status_code == 200, said.content
        assert MonthPlan.objects.get().set_by_id == owner.pk
        assert sum(said.json()["orders"]["days"]) == 31
        money = said.json()["revenue"][0]
        assert money["needed_a_day"] == "14.29"  # 100.01 over the seven days that are left of thirty
        assert sum(round(float(day) * 100) for day in money["days_to_come"]) == 10_001
        assert wrong.status_code == 400
