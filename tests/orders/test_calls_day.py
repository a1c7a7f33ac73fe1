"""Days at the call desk: never two people on one customer, never too often, never at night, nobody forgotten.

In full (fifty people, two thousand orders) with CALL_DAY=full: `CALL_DAY=full nice python -m pytest <this file>`.
"""

import os

import pytest

from orders.calls import leases, nextcall
from orders.calls.decency import Decency
from orders.calls.retryplan import Plan
from orders.models import CallAttempt, CallTask, RetryPlan
from tests import make
from tests.orders import callday
from tests.orders.callday import CallDay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("moscow")]
FULL = os.environ.get("CALL_DAY") == "full"
PEOPLE, ORDERS, STEPS = (50, 2_000, 6_000) if FULL else (8, 50, 150)


@pytest.fixture
def moscow():
    make.shop(zone="Europe/Moscow", country="RU")


@pytest.mark.once  # on PostgreSQL `tests/races/test_call_day.py` has them act at once
@pytest.mark.parametrize("seed", [1])
def test_whatever_people_and_clocks_do_every_customer_is_rung_decently(seed):
    day = CallDay(seed, PEOPLE, ORDERS).run(STEPS)

    assert day.judge() == []
    assert CallAttempt.objects.count() > STEPS // 4
    assert CallTask.objects.exclude(closed_at=None).exists()


@pytest.mark.once
def test_desk_that_gives_live_customers_away_is_found_out(monkeypatch):
    """Negative control: without the guards of a lease two people talk to one customer."""
    monkeypatch.setattr(leases, "LEASE", leases.LEASE.replace("WHERE phone_lease.until <= %(at)s", ""))
    monkeypatch.setattr(leases, "live", lambda person, at: [])
    monkeypatch.setattr(nextcall, "FREE", nextcall.FREE.split("AND COALESCE")[0])
    monkeypatch.setattr(nextcall, "_walk", nextcall._walk.__wrapped__)  # put together anew, not as it was kept
    day = CallDay(2, 6, 6).run(60)

    assert any("talk to one customer" in wrong for wrong in day.judge())


@pytest.mark.once
@pytest.mark.parametrize("guarded", [True, False])
def test_desk_without_a_cap_is_found_out(guarded, monkeypatch):
    """Negative control: a plan that never says "enough" rings a phone more than three times a day."""
    RetryPlan.objects.update(steps=["+15m"] * 9, most_in_all=10)
    monkeypatch.setattr(callday, "OUTCOMES", ["busy"])
    monkeypatch.setattr(callday, "BEGINNINGS", ["+7916"])
    if not guarded:
        monkeypatch.setattr(Plan, "is_full", lambda plan, on, heard, hours: False)
    day = CallDay(3, 1, 1)
    monkeypatch.setattr(day, "tick", lambda: setattr(day, "at", day.at + 5 * callday.MINUTE))
    day.run(50)

    assert any("times on" in wrong for wrong in day.judge()) is not guarded


@pytest.mark.once
def test_desk_that_rings_at_night_is_found_out(monkeypatch):
    """Negative control: without the quiet hours the night's calls are seen in the dials."""
    monkeypatch.setattr(Decency, "_sleeps", lambda self, task: False)
    monkeypatch.setattr(nextcall, "_allows", lambda zone, press: True)
    day = CallDay(4, 4, 40)
    CallTask.objects.update(due_at=make.AT)
    day.run(120)

    assert any("rang at" in wrong for wrong in day.judge())
