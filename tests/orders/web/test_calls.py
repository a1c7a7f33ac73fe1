"""The call desk on screen: one key takes the next call, one says how it ended, and nothing typed is lost between."""

from datetime import timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import calls, changes, scripts
from orders.models import CallAttempt, CallTask, Order, PersonalValue, PhoneLease, Substitute
from orders.status import Status
from shopdesk import waiting
from shopdesk.base.placeholders import UnknownPlaceholder
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
OTHER = "+79031112233"


@pytest.fixture(autouse=True)
def round_the_clock():
    """The doors read the clock, and these tests run at any hour."""
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")


@pytest.fixture
def anna():
    return make.manager()


@pytest.fixture
def desk(anna) -> Client:
    client = Client()
    client.force_login(anna)
    return client


def words(response) -> str:
    return response.content.decode()


def taken_in(items=(("A", 2, "129.00"),), **fields) -> Order:
    return make.order(items, at=timezone.now() - timedelta(minutes=1), **fields)


def called(desk: Client) -> CallTask:
    """Press "Next call" and give the task one talks about."""
    desk.post("/calls/next")
    return desk.get("/calls").context["task"]


def typed(order: Order, **fields) -> dict:
    """What the order's form of a call sends when nothing was touched, but for these fields."""
    lines = [line for line in order.lines.order_by("position") if line.cancelled < line.quantity]
    data = {
        "version": str(order.version), "currency": order.currency, "name": order.contact_name,
        "phone": order.contact_phone_raw, "email": order.contact_email, "method": order.delivery_method,
        "courier": "", "on": "", "slot": order.slot, "city": order.address_city, "postcode": "",
        "address": order.address_text, "notes": "", "comment": order.comment,
        "line": [str(line.pk) for line in lines], "sku": [line.sku for line in lines],
        "label": [line.name for line in lines], "off": ["0"] * len(lines),
        "quantity": [str(line.quantity) for line in lines],
        "price": [f"{line.price_minor // 100}.00" for line in lines], "delivery": "0", "discount": "0",
    }  # fmt: skip
    return data | fields


def outcome(desk: Client, task: CallTask, **said):
    read = {"token": task.token, "read_back": list(scripts.USUALLY)}
    return desk.post(f"/calls/{task.pk}/outcome", read | said, headers=HTMX)


def queries(client: Client) -> int:
    with mock.patch.object(waiting, "KEPT_S", 600):  # the bar's counts must not run out between the two
        caches["nearby"].clear()
        client.get("/calls")
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/calls").status_code == 200
    return len(caught)


# --- taking -----------------------------------------------------------------------------------------------------------


def test_next_call_shows_customer_why_lines_and_what_each_outcome_leads_to(desk):
    make.product("A", on_hand=5)
    order = taken_in()

    answer = desk.post("/calls/next", headers=HTMX)
    page = words(desk.get("/calls"))

    assert answer["HX-Redirect"] == "/calls"
    assert f"Confirm order {order.number}" in page
    assert f'href="tel:{make.PHONE}"' in page
    assert "Not rung yet" in page
    assert "to packing" in page
    assert "Call 1 of 7" in page
    assert PhoneLease.objects.count() == 1


def test_looking_takes_nothing(desk):
    taken_in()

    assert "1 call may be made now" in words(desk.get("/calls"))
    assert not PhoneLease.objects.exists()


def test_empty_queue_says_when_the_next_call_is_due(desk):
    assert "No call is planned." in words(desk.get("/calls"))
    taken_in()
    due_at = timezone.now() + timedelta(days=2)
    CallTask.objects.update(due_at=due_at)

    desk.post("/calls/next")
    page = desk.get("/calls")

    assert page.context["ahead"].next_at == due_at
    assert "The next call is due:" in words(page)


def test_call_that_somebody_makes_is_not_offered_but_named(desk):
    taken_in()
    calls.take_next(make.manager().pk, at=timezone.now())

    page = words(desk.get("/calls"))

    assert "1 call is being made by somebody." in page
    assert "Who is talking" in page


def test_quiet_hours_are_the_next_call_s_hour(desk):
    taken_in()
    now = make.AT  # eleven in the morning at the customer's
    CallTask.objects.update(due_at=now - timedelta(minutes=1))
    make.shop(calls_from="14:00", calls_until="23:59:59")

    ahead = calls.look_ahead(at=now)

    assert ahead.ready == 0
    assert ahead.next_at is not None
    assert ahead.next_at > now


# --- what is printed on an outcome is what happens --------------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 1, 2, 3, 4])
def test_retry_hour_printed_on_the_button_is_the_one_that_comes(before, anna):
    order = make.order()
    at = make.AT
    for _ in range(before):
        talk = calls.take_next(anna.pk, at=at)
        calls.settle(talk.task.pk, calls.NewAttempt("no_answer"), by=make.BY, person=anna.pk, at=at, token=talk.token)
        at = order.call_tasks.get().due_at
    talk = calls.take_next(anna.pk, at=at)

    promised = calls.foresee(talk.task, at=at)
    calls.settle(talk.task.pk, calls.NewAttempt("busy"), by=make.BY, person=anna.pk, at=at, token=talk.token)

    assert promised.attempt == before + 1
    assert order.call_tasks.get().due_at == promised.again_at


def test_used_up_plan_says_that_the_order_ends(desk):
    order = taken_in()
    task = called(desk)
    event = order.events.first()
    now = timezone.now()
    CallTask.objects.update(opened_at=now - timedelta(days=9))
    CallAttempt.objects.bulk_create(
        CallAttempt(task=task, order=order, outcome="busy", applied=True, event=event, at=now - timedelta(days=n))
        for n in range(3, 9)
    )

    page = words(desk.get("/calls"))

    assert "cancels it: never reached" in page
    outcome(desk, task, outcome="no_answer")
    assert Order.objects.get().status == Status.CANCELLED


# --- outcomes ---------------------------------------------------------------------------------------------------------


def test_confirmed_moves_the_order_and_can_be_taken_back(desk):
    make.product("A", on_hand=5)
    order = taken_in()
    task = called(desk)

    answer = outcome(desk, task, outcome="confirmed", note="leave it with the neighbour")
    page = words(desk.get("/calls"))

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert answer["HX-Redirect"] == "/calls"
    assert f"/orders/{order.number}/agreement" in page
    assert "Your last calls" in page
    assert PersonalValue.objects.get(field="note").new == "leave it with the neighbour"


def test_declined_needs_a_reason_and_loses_nothing(desk):
    order = taken_in()
    task = called(desk)

    refused = outcome(desk, task, outcome="declined")
    assert (refused.status_code, CallAttempt.objects.count()) == (400, 0)
    assert "Say why the customer declined." in words(refused)

    outcome(desk, task, outcome="declined", reason="price")
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, "price")


def test_callback_is_on_the_customer_s_clock(desk):
    order = taken_in()
    CallTask.objects.update(zone="Asia/Yekaterinburg")
    task = called(desk)
    on = (timezone.now() + timedelta(days=1)).astimezone(ZoneInfo("Asia/Yekaterinburg")).date()

    outcome(desk, task, outcome="callback", typed_hour=f"{on}T15:30")

    due_at = order.call_tasks.get().due_at.astimezone(ZoneInfo("Asia/Yekaterinburg"))
    assert (due_at.date(), due_at.hour, due_at.minute) == (on, 15, 30)


def test_offered_hour_is_taken_as_it_is_offered(desk):
    order = taken_in()
    task = called(desk)
    value, _words = desk.get("/calls").context["offers"][-1]

    outcome(desk, task, outcome="callback", hour=value)

    assert f"{order.call_tasks.get().due_at.astimezone(ZoneInfo('Europe/Moscow')):%Y-%m-%dT%H:%M}" == value


def test_callback_in_a_quiet_hour_is_refused_unless_they_asked(desk):
    order = taken_in()
    task = called(desk)
    make.shop(calls_from="09:00", calls_until="20:00")
    on = (timezone.now() + timedelta(days=1)).date()
    said = {"outcome": "callback", "typed_hour": f"{on}T22:30"}

    refused = outcome(desk, task, **said)
    assert refused.status_code == 409
    assert "That is a quiet hour" in words(refused)

    assert outcome(desk, task, **said, asked_by_customer="on").status_code == 200
    assert order.call_tasks.get().asked_by_customer


@pytest.mark.parametrize(
    "said", [{}, {"outcome": "sold"}, {"outcome": "callback"}, {"outcome": "declined", "reason": "x"}]
)
def test_outcome_that_cannot_be_is_refused(desk, said):
    taken_in()
    task = called(desk)

    assert outcome(desk, task, **said).status_code == 400
    assert not CallAttempt.objects.exists()


def test_one_call_settles_several_orders_each_with_its_own_outcome(desk):
    make.product("A", on_hand=9)
    first, second, third = taken_in(), taken_in(), taken_in()
    task = called(desk)
    others = [order for order in (first, second, third) if order.pk != task.order_id]

    outcome(desk, task, outcome="confirmed", also=[order.pk for order in others], also_outcome=["declined:price", ""])

    declined, left = others
    declined.refresh_from_db()
    left.refresh_from_db()
    assert (declined.status, declined.cancel_reason) == (Status.CANCELLED, "price")
    assert left.status == Status.NEW
    assert CallAttempt.objects.values("at").distinct().count() == 1
    assert desk.get("/calls").context["task"].order_id == left.pk


def test_order_of_somebody_else_cannot_be_settled_along(desk):
    taken_in()
    foreign = taken_in(phone=OTHER)
    task = called(desk)
    number = foreign.pk if task.order_id != foreign.pk else Order.objects.exclude(pk=foreign.pk).get().pk

    assert outcome(desk, task, outcome="confirmed", also=[number], also_outcome=["confirmed"]).status_code == 400
    assert not Order.objects.filter(status=Status.CONFIRMED).exists()


def test_another_order_of_the_conversation_can_be_looked_at(desk):
    taken_in()
    second = taken_in([("B", 1, "10.00")])
    task = called(desk)
    other = next(one for one in CallTask.objects.all() if one.pk != task.pk)

    page = desk.get(f"/calls?task={other.pk}")

    assert page.context["task"] == other
    assert second.pk in {task.order_id, other.order_id}


# --- the lease --------------------------------------------------------------------------------------------------------


def test_heartbeat_prolongs_and_says_so(desk):
    taken_in()
    task = called(desk)
    PhoneLease.objects.update(until=timezone.now() + timedelta(minutes=1))

    page = words(desk.post(f"/calls/{task.pk}/heartbeat", headers=HTMX))

    assert "yours until" in page
    assert PhoneLease.objects.get().until > timezone.now() + timedelta(minutes=9)


def test_lost_lease_is_said_with_a_way_on_and_the_attempt_is_stored(desk):
    order = taken_in()
    task = called(desk)
    PhoneLease.objects.update(until=timezone.now() - timedelta(seconds=1))
    boris = make.manager()
    calls.take_next(boris.pk, at=timezone.now())

    lost = words(desk.post(f"/calls/{task.pk}/heartbeat", headers=HTMX))
    outcome(desk, task, outcome="confirmed")
    page = words(desk.get("/calls"))

    order.refresh_from_db()
    assert 'role="alert"' in lost
    assert "/calls/next" in lost
    assert order.status == Status.NEW
    assert not CallAttempt.objects.get().applied
    assert f"Your last call about order {order.number} is noted, but decides nothing." in page


def test_lease_that_only_ran_out_still_decides(desk):
    """Negative control of the test above: nobody took the call meanwhile."""
    order = taken_in()
    task = called(desk)
    PhoneLease.objects.update(until=timezone.now() - timedelta(seconds=1))

    outcome(desk, task, outcome="confirmed")

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert "decides nothing" not in words(desk.get("/calls"))


def test_skip_needs_a_reason(desk):
    taken_in()
    task = called(desk)

    assert desk.post(f"/calls/{task.pk}/skip", {"why": " "}, headers=HTMX).status_code == 400
    assert desk.post(f"/calls/{task.pk}/skip", {"why": "speaks only French"}, headers=HTMX).status_code == 200
    assert not PhoneLease.objects.exists()
    assert CallTask.objects.get().due_at > timezone.now() + timedelta(minutes=9)


# --- changes during the call ------------------------------------------------------------------------------------------


def test_change_is_kept_at_once_with_new_totals(desk):
    make.product("A", on_hand=9)
    order = taken_in()
    task = called(desk)

    kept = desk.post(
        f"/calls/{task.pk}/order", typed(order, quantity=["3"], discount="87", slot="10:00-14:00"), headers=HTMX
    )

    order.refresh_from_db()
    page = words(kept)
    assert (kept.status_code, order.total_minor, order.slot) == (200, 30_000, "10:00-14:00")
    assert order.lines.get().reserved == 3
    assert "300\u00a0₽" in page
    assert f'name="version" value="{order.version}"' in page
    assert "hx-preserve" in page


def test_stale_change_shows_what_differs_and_loses_nothing(desk):
    make.product("A", on_hand=9)
    order = taken_in()
    task = called(desk)
    form = typed(order, comment="ring twice")
    line = changes.LineEdit(5, id=order.lines.get().pk)
    changes.edit(
        order.number, changes.Edit({"address_city": "Тверь"}, [line]), version=order.version, by=make.BY, at=make.AT
    )

    refused = desk.post(f"/calls/{task.pk}/order", form, headers=HTMX)

    page = words(refused)
    order.refresh_from_db()
    assert refused.status_code == 409
    assert "Тверь" in page
    assert "ring twice" in page
    assert 'name="quantity" value="5"' in page
    assert order.comment == ""
    again = typed(order, comment="ring twice")
    assert desk.post(f"/calls/{task.pk}/order", again, headers=HTMX).status_code == 200


def test_nothing_is_agreed_while_a_change_is_not_kept(desk):
    make.product("A", on_hand=9)
    order = taken_in()
    task = called(desk)

    refused = outcome(desk, task, outcome="confirmed", **typed(order, quantity=["3"]))
    assert refused.status_code == 409
    assert "not kept yet" in words(refused)
    assert not CallAttempt.objects.exists()

    assert outcome(desk, task, outcome="confirmed", **typed(order)).status_code == 200
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED


def test_wrong_quantity_is_said_beside_its_field(desk):
    order = taken_in()
    task = called(desk)

    refused = desk.post(f"/calls/{task.pk}/order", typed(order, quantity=["two"]), headers=HTMX)

    assert refused.status_code == 422
    assert "A whole number from 0 to 100,000." in words(refused)
    assert 'value="two"' in words(refused)


def test_substitute_takes_the_place_of_what_lacks(desk):
    asked = make.product("A", on_hand=1)
    other = make.product("B", on_hand=9, name="Хвоя", price="99.00")
    Substitute.objects.create(product=asked, instead=other)
    order = taken_in()
    task = called(desk)
    assert "There is <b>Хвоя</b>" in words(desk.get("/calls"))

    line = order.lines.get()
    kept = desk.post(f"/calls/{task.pk}/order", typed(order, swap=str(line.pk), instead="B"), headers=HTMX)

    assert kept.status_code == 200
    sold = {one.sku: (one.quantity - one.cancelled, one.reserved, one.instead_of) for one in order.lines.all()}
    assert sold == {"A": (1, 1, ""), "B": (1, 1, "A")}
    assert "There is <b>Хвоя</b>" not in words(kept)
    assert not order.holds.filter(closed_at=None).exists()


def test_goods_are_added_by_what_a_scanner_types(desk):
    lamp = make.product("LAMP", on_hand=4, name="Лампа", price="500.00")
    lamp.barcodes.create(code="4600000000017")
    make.product("A", on_hand=5)
    order = taken_in()
    task = called(desk)

    kept = desk.post(f"/calls/{task.pk}/order", typed(order, find="4600000000017"), headers=HTMX)
    unknown = desk.post(f"/calls/{task.pk}/order", typed(order, find="nothing such"), headers=HTMX)

    assert "Лампа" in words(kept)
    assert order.lines.count() == 2
    assert unknown.status_code == 409


def test_sealed_order_is_shown_but_not_changed(desk):
    make.product("A", on_hand=5)
    order = make.packed([("A", 1, "129.00")])
    CallTask.objects.create(
        order=order, customer=order.customer, phone=make.PHONE, mode="delivery_problem",
        due_at=timezone.now() - timedelta(minutes=2), opened_at=timezone.now() - timedelta(minutes=2),
    )  # fmt: skip
    task = called(desk)

    page = words(desk.get("/calls"))
    refused = desk.post(f"/calls/{task.pk}/order", typed(order, quantity=["2"]), headers=HTMX)

    assert "call-order" not in page
    assert "the call is done" in page
    assert refused.status_code == 409


# --- who may, and what it costs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("manager", 200), ("packer", 404), ("courier_person", 404)]
)
def test_who_may_make_calls(who, status):
    taken_in()
    task = CallTask.objects.get()
    client = Client()
    client.force_login(getattr(make, who)())

    assert client.get("/calls").status_code == status
    if status == 404:
        for deed in ("outcome", "order", "skip", "heartbeat"):
            assert client.post(f"/calls/{task.pk}/{deed}").status_code == 404
        assert client.post("/calls/next").status_code == 404
    assert not CallAttempt.objects.exists()


def test_call_that_does_not_exist_is_missing(desk):
    for deed in ("outcome", "order", "skip", "heartbeat"):
        assert desk.post(f"/calls/999999/{deed}", {"outcome": "busy", "why": "x"}).status_code == 404


def test_conversation_costs_the_same_for_one_order_and_for_twenty(desk):
    make.product("A", on_hand=1)
    other = make.product("B", on_hand=99)
    taken_in()
    called(desk)
    one = queries(desk)
    PhoneLease.objects.all().delete()
    for n in range(19):
        sku = f"S{n}"
        Substitute.objects.create(product=make.product(sku), instead=other)
        taken_in([(sku, 1, "1.00"), (f"T{n}", 1, "1.00")])
    called(desk)

    assert len(desk.get("/calls").context["talk"].tasks) == 20
    assert queries(desk) <= one + 3  # substitutes are there to be read, with their shelves


def test_lines_cost_the_same_for_one_and_for_twenty(desk):
    other = make.product("OTHER", on_hand=99)
    for n in range(20):
        Substitute.objects.create(product=make.product(f"S{n}"), instead=other)
    taken_in([("S0", 1, "1.00")])
    called(desk)
    one = queries(desk)
    outcome(desk, CallTask.objects.get(), outcome="confirmed")
    taken_in([(f"S{n}", 1, "1.00") for n in range(20)], phone=OTHER)
    called(desk)

    assert queries(desk) == one <= 40


def test_pause_costs_the_same_for_one_call_and_for_twenty(desk):
    def settle(n):
        taken_in(phone=f"+791612300{n:02}")
        outcome(desk, called(desk), outcome="thinking")

    settle(0)
    one = queries(desk)
    for n in range(1, 20):
        settle(n)

    assert queries(desk) == one <= 36


def test_hostile_words_are_shown_as_they_are(desk):
    taken_in(name="<script>alert(1)</script>", comment='"><img src=x>')
    called(desk)

    page = words(desk.get("/calls"))

    assert "<script>alert(1)" not in page
    assert "<img src=x>" not in page


# --- what is said and read back ---------------------------------------------------------------------------------------


def test_nothing_is_agreed_before_it_is_read_back(desk):
    order = taken_in()
    task = called(desk)
    refused = outcome(desk, task, outcome="confirmed", read_back=["total"])
    order.refresh_from_db()
    assert (refused.status_code, order.status) == (409, Status.NEW)
    assert "the address" in refused.content.decode()


def test_other_outcomes_ask_nothing_to_be_read(desk):
    taken_in()
    assert outcome(desk, called(desk), outcome="no_answer", read_back=[]).status_code == 200


def test_owner_says_what_is_read_back(desk):
    """Negative control: where the shop asks nothing to be read, the same press agrees the order."""
    order = taken_in()
    scripts.change_script(scripts.NewScript("confirm", "", []), by=make.BY, at=make.AT)
    outcome(desk, called(desk), outcome="confirmed", read_back=[])
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED


def test_shop_s_own_script_is_said(desk):
    new = scripts.NewScript("confirm", "Добрый день, {name}!\nЗаказ {number} на {total}.", ["total"])
    scripts.change_script(new, by=make.BY, at=make.AT)
    order = taken_in(name="Анна {total}")
    called(desk)
    shown = words(desk.get("/calls"))
    assert "Добрый день, Анна {total}!" in shown
    assert f"Заказ {order.number} на 258" in shown


def test_script_with_an_unknown_gap_is_refused():
    with pytest.raises(UnknownPlaceholder):
        scripts.change_script(scripts.NewScript("confirm", "{secret}", []), by=make.BY, at=make.AT)


def test_owner_edits_the_script_on_its_page(client):
    make.shop()
    client.force_login(make.owner())
    assert client.get("/settings/scripts").status_code == 200
    client.post("/settings/scripts/confirm", {"text": "Здравствуйте", "read_back": ["phone"]}, headers=HTMX)
    assert scripts.script_of("confirm").read_back == ["phone"]


def test_earlier_notes_stand_on_the_card(desk):
    taken_in()
    outcome(desk, called(desk), outcome="no_answer", note="ask for the daughter")
    CallTask.objects.update(due_at=timezone.now())
    called(desk)
    assert "ask for the daughter" in words(desk.get("/calls"))


def test_who_else_has_the_order_open_is_seen_on_card_and_list(desk, client):
    order = taken_in()
    client.force_login(make.manager(email="oleg@desk.example"))
    client.post(f"/orders/{order.number}/present")
    seen = words(desk.post(f"/orders/{order.number}/present", headers=HTMX))
    assert "oleg@desk.example" in seen
    assert "open: manager oleg@desk.example" in words(desk.get("/orders"))
    assert "open: manager oleg" not in words(client.get("/orders"))
