"""The supervisor's pages: board, calls that change hands, presence, retry plans, rules without a call, the overdue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Caller, CallTask, Channel, NoCallRule, PlanGroup, RetryPlan
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PLAN = {"mode": "confirm", "outcome": "busy", "steps": "+15m, next_day", "most_in_all": "3", "ends": "hold"}
RULE = {
    "what": "loyal", "least_delivered": "2", "most_refused": "0", "refusal_percent": "20", "sample_percent": "100",
    "most_total_minor": "5 000,00", "call_minor": "", "refusal_minor": "",
}  # fmt: skip


def browser(who) -> Client:
    client = Client()
    client.force_login(who)
    return client


@pytest.fixture
def boss() -> Client:
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")
    return browser(make.owner(email="boss@desk.example"))


def words(response) -> str:
    return response.content.decode()


def test_board_tells_queues_people_and_what_is_anybody_s(boss):
    order = make.order()
    browser(make.manager(email="oleg@desk.example")).post("/calls/next")
    shown = words(boss.get("/calls/board"))
    assert "oleg@desk.example" in shown
    assert f"/orders/{order.number}" in shown


def test_board_asks_again_for_its_live_part_alone(boss):
    part = words(boss.get("/calls/board", headers=HTMX))
    assert 'hx-trigger="every 10s"' in part
    assert "<html" not in part


def test_calls_change_hands_many_at_once(boss):
    for last in range(3):
        make.order(phone=f"+7916000000{last}")
    person = make.manager()
    tasks = list(CallTask.objects.values_list("pk", flat=True))
    boss.post("/calls/board/given", {"task": tasks[:2], "person": person.pk}, headers=HTMX)
    assert CallTask.objects.filter(owner=person).count() == 2
    assert words(boss.get(f"/calls/board?of={person.pk}")).count('name="task"') == 2


def test_giving_nothing_is_refused(boss):
    assert boss.post("/calls/board/given", {}, headers=HTMX).status_code == 400


@pytest.mark.parametrize("people", [1, 12])
def test_board_asks_as_often_for_many_as_for_one(boss, people):
    for number in range(people):
        make.order(phone=f"+791600000{number:02}")
        Caller.objects.create(person=make.manager(), since=make.AT, seen_at=make.AT)
    boss.get("/calls/board")
    with CaptureQueriesContext(connection) as caught:
        boss.get("/calls/board", headers=HTMX)
    assert len(caught) <= 26


def test_one_switches_one_s_own_presence(boss):
    boss.post("/calls/presence", {"state": "break"}, headers=HTMX)
    assert Caller.objects.get().state == "break"
    assert boss.post("/calls/presence", {"state": "asleep"}, headers=HTMX).status_code == 400
    assert 'value="break"><button class="btn" type="submit" aria-pressed="true"' in words(boss.get("/calls"))


def test_the_menu_of_any_page_switches_and_leads_back(boss):
    here = HTMX | {"HX-Current-URL": "http://testserver/orders?q=1"}
    assert 'hx-get="/calls/presence"' in words(boss.get("/orders"))
    shown = words(boss.get("/calls/presence", headers=here))
    assert 'value="off" aria-pressed="true"' in shown
    assert 'name="next" value="/orders?q=1"' in shown
    said = {"state": "on_calls", "next": "/orders?q=1"}
    assert boss.post("/calls/presence", said, headers=HTMX)["HX-Redirect"] == "/orders?q=1"
    assert 'value="on_calls" aria-pressed="true"' in words(boss.get("/calls/presence", headers=here))
    assert boss.post("/calls/presence", {"state": "off", "next": "https://evil.example/"}).url == "/calls"
    assert boss.get("/calls/presence").url == "/calls"


def test_plan_is_tried_on_today_before_it_is_kept(boss):
    make.order(at=timezone.now())
    plans = RetryPlan.objects.count()
    seen = boss.post("/settings/retry-plans/preview", PLAN, headers=HTMX)
    assert (seen.status_code, RetryPlan.objects.count()) == (200, plans)
    assert "1" in words(seen)

    boss.post("/settings/retry-plans/plan", PLAN, headers=HTMX)
    kept = RetryPlan.objects.get(mode="confirm", outcome="busy")
    assert (kept.steps, kept.most_in_all, kept.ends) == (["+15m", "next_day"], 3, "hold")
    assert "after 15 min · on the next day" in words(boss.get("/settings/retry-plans"))

    boss.post(f"/settings/retry-plans/{kept.pk}/removal", headers=HTMX)
    assert RetryPlan.objects.count() == plans


def test_plan_with_an_unknown_step_is_refused(boss):
    assert boss.post("/settings/retry-plans/plan", PLAN | {"steps": "soon"}, headers=HTMX).status_code == 400


def test_rule_without_a_call_is_tried_then_switched_on(boss):
    boss.post("/settings/no-call/rule", RULE, headers=HTMX)
    rule = NoCallRule.objects.get()
    assert (rule.most_total_minor, rule.least_delivered, rule.active) == (500_000, 2, False)

    refused = boss.post(f"/settings/no-call/{rule.pk}/switch", {"on": "on"}, headers=HTMX)
    assert refused.status_code == 409
    assert boss.post(f"/settings/no-call/{rule.pk}/trial", headers=HTMX).status_code == 200
    boss.post(f"/settings/no-call/{rule.pk}/switch", {"on": "on"}, headers=HTMX)
    rule.refresh_from_db()
    assert rule.active
    assert boss.get("/settings/no-call").status_code == 200


def test_overdue_orders_stand_on_their_page(boss):
    order = make.order(at=timezone.now())
    assert f'data-row="{order.number}"' not in words(boss.get("/orders/overdue"))
    CallTask.objects.update(limit_at=timezone.now() - timedelta(hours=3))
    assert f'data-row="{order.number}"' in words(boss.get("/orders/overdue"))


@pytest.mark.parametrize("path", ["settings/retry-plans", "settings/no-call"])
def test_rules_are_the_owner_s(path):
    make.shop()
    assert browser(make.manager()).get(f"/{path}").status_code == 404


def test_group_of_plans_is_made_changed_and_taken_away(boss):
    make.channel("far", name="Far shop")
    said = {"name": "Far away", "channels": ["far"]}
    boss.post("/settings/retry-plans/group", said, headers=HTMX)
    group = PlanGroup.objects.get()
    boss.post("/settings/retry-plans/plan", PLAN | {"group": str(group.pk)}, headers=HTMX)
    shown = words(boss.get(f"/settings/retry-plans?group={group.pk}"))
    assert "Far away" in shown
    assert "Far shop" in shown
    assert group.plans.get().steps == ["+15m", "next_day"]

    boss.post("/settings/retry-plans/group", {"name": "Further", "group": str(group.pk)}, headers=HTMX)
    assert (PlanGroup.objects.get().name, Channel.objects.get(pk="far").plan_group) == ("Further", None)
    assert boss.post("/settings/retry-plans/group", {"name": "X", "group": "no"}, headers=HTMX).status_code == 404
    assert boss.post("/settings/retry-plans/group", {"name": ""}, headers=HTMX).status_code == 400

    boss.post(f"/settings/retry-plans/groups/{group.pk}/removal", headers=HTMX)
    assert not PlanGroup.objects.exists()
    assert not RetryPlan.objects.exclude(group=None).exists()
