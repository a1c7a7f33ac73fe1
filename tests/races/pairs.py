"""The pairs that promises.md names: two deeds that meet, and what must be true afterwards whoever came first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from delivery import handoff, remittance, tracking
from delivery.models import HandoffLine, Shipment
from delivery.registers import Said
from orders import calls, changes, intake, packing, shelf
from orders.models import CallTask, JournalEvent, Order, OrderLine, Parcel, Reminder, StockLevel
from orders.status import CancelReason, Status
from reports import closing
from shopdesk.accounts import staff
from shopdesk.exports import files, making, work
from shopdesk.people.models import ApiToken, Role
from shopdesk.privacy import erasure, retention, subject
from shopdesk.webhooks import endpoints, planning, sending
from shopdesk.webhooks.models import Message
from tests import make
from tests.races.interleaving import Meeting
from tests.shopdesk.privacy import canaries
from tests.shopdesk.webhooks.receivers import receivers

SAY = "what must be true"
LATER = make.after(hours=2)


@dataclass
class Pair:
    """Two deeds, and a look at what came of them: gives what is wrong, or nothing."""

    first: Callable[[], Any]
    second: Callable[[], Any]
    look: Callable[[Meeting], str] = lambda met: ""
    end: Callable[[], Any] = lambda: None


def create_create() -> Pair:
    new = make.new_order(external_id="S-1", body_hash="x")
    make.product("A", 5)

    def take() -> Any:
        return intake.take_in(new, by=make.BY, at=make.AT)

    return Pair(take, take, lambda met: say(Order.objects.count() == 1 and StockLevel.objects.get().reserved == 1))


def reserve_reserve() -> Pair:
    make.product("A", 1)

    def take(number: int) -> Any:
        new = make.new_order(external_id=f"S-{number}", phone=f"+7916123456{number}")
        return lambda: intake.take_in(new, by=make.BY, at=make.AT)

    def look(met: Meeting) -> str:
        return say(Order.objects.count() == 2 and StockLevel.objects.get().reserved == 1)

    return Pair(take(1), take(2), look)


def reserve_correction() -> Pair:
    make.product("A", 1)
    scrap = [shelf.Pieces("A", 1)]
    return Pair(
        lambda: intake.take_in(make.new_order(), by=make.BY, at=make.AT),
        lambda: shelf.write_off(scrap, "damaged", location="MAIN", by=make.BY, at=make.AT),
        lambda met: say(Order.objects.count() == 1),
    )


def confirm_cancel() -> Pair:
    make.product("A", 5)
    order = make.order()
    return Pair(
        lambda: calls.confirm(order.pk, by=make.BY, at=make.AT, why="by letter"),
        lambda: changes.cancel(order.pk, CancelReason.PRICE, by=make.BY, at=make.AT),
        lambda met: say(status(order) == "cancelled" and StockLevel.objects.get().reserved == 0),
    )


def pack_cancel() -> Pair:
    make.product("A", 5)
    order = make.picked()
    return Pair(lambda: seal(order), lambda: cancel(order), lambda met: say(status(order) == "cancelled"))


def pack_edit() -> Pair:
    make.product("A", 5)
    order = make.picked()
    version = order.version
    wanted = changes.Edit(lines=[changes.LineEdit(2, id=order.lines.get().pk)])

    def look(met: Meeting) -> str:
        line = OrderLine.objects.get()
        return say(status(order) != "packed" or line.picked == line.quantity)

    edit = lambda: changes.edit(order.pk, wanted, version=version, by=make.BY, at=make.AT)  # noqa: E731
    return Pair(lambda: seal(order), edit, look)


def close_add() -> Pair:
    make.product("A", 5)
    one, other = parcels(2)
    act = make.open_act(one)

    def look(met: Meeting) -> str:
        added = HandoffLine.objects.filter(handoff=act, parcel__number=other, state="on").exists()
        return say(added == (Parcel.objects.get(number=other).on_act == "closed"))

    return Pair(
        lambda: handoff.close(act.pk, by=make.BY, at=make.AT),
        lambda: handoff.add(act.pk, [other], by=make.BY, at=make.AT), look,
    )  # fmt: skip


def two_acts() -> Pair:
    make.product("A", 5)
    one, two, both = parcels(3)
    acts = [make.open_act(one), make.open_act(two)]

    def put(act: Any) -> Any:
        return lambda: handoff.add(act.pk, [both], by=make.BY, at=make.AT)

    def look(met: Meeting) -> str:
        return say(HandoffLine.objects.filter(parcel__number=both, state="on").count() == 1)

    return Pair(put(acts[0]), put(acts[1]), look)


def delivered_returned() -> Pair:
    order = out()
    return Pair(
        lambda: said(order, "delivered", "e1", 1),
        lambda: said(order, "returning", "e2", 2),
        lambda met: say(status(order) == "delivered" and Shipment.objects.get().collected_minor == 12900),
    )


def delivered_by_hand() -> Pair:
    order = out()
    return Pair(
        lambda: said(order, "delivered", "e1", 1),
        lambda: said(order, "delivered", "by-hand", 1),
        lambda met: say(status(order) == "delivered" and Shipment.objects.get().collected_minor == 12900),
    )


def remittance_cod() -> Pair:
    order = out()
    register = remittance.NewRegister("own", "R-1", "RUB", [Said(1, make.parcel_of(order).number, 12900)])

    def look(met: Meeting) -> str:
        for row in remittance.to_look_at_again():
            remittance.look_again(row, by=make.BY, at=LATER)
        shipment = Shipment.objects.get()
        return say((shipment.collected_minor, shipment.remitted_minor) == (12900, 12900))

    return Pair(
        lambda: remittance.take_in(register, by=make.BY, at=LATER), lambda: said(order, "delivered", "e1", 1), look
    )


def close_late() -> Pair:
    order = out()
    at = make.after(days=2)
    return Pair(lambda: closing.close_due(at=at), lambda: said(order, "delivered", "e1", 1, at=at))


def export_erasure() -> Pair:
    make.shop()
    owner = make.owner()
    made = canaries.order()
    changes.cancel(made.pk, CancelReason.TEST, by=owner.subject.actor, at=make.AT)
    export = making.ask(making.Wish({}), subject=owner.subject, at=make.AT)

    def look(met: Meeting) -> str:
        while work.make_next(at=make.after(hours=1)):
            pass
        export.refresh_from_db()
        return say(not canaries.TRACES.are_in(files.table(export).read_bytes()))

    return Pair(
        lambda: work.make_next(at=make.AT),
        lambda: erasure.erase(f"c{made.customer_id}", ground="request", by=owner.subject.actor, at=make.AT), look,
    )  # fmt: skip


def revoke_request() -> Pair:
    make.product("A", 5)
    channel = make.channel()
    api = make.client(channel)
    body = {"external_id": "S-1", "currency": "RUB", "customer": {"name": "Анна", "phone": make.PHONE},
            "items": [{"sku": "A", "quantity": 1, "price": "129.00"}]}  # fmt: skip
    token = ApiToken.objects.get()

    def look(met: Meeting) -> str:
        asked = next(end for end in (met.first, met.second) if hasattr(end, "status_code"))
        there = Order.objects.count() == 1
        return say(api.get("orders").status_code == 401 and there == (asked.status_code == 201))

    return Pair(
        lambda: api.post("orders", body),
        lambda: ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now()), look,
    )  # fmt: skip


def role_request() -> Pair:
    make.product("A", 5)
    owner, person, order = make.owner(), make.manager(), make.order()
    browser = Client(raise_request_exception=False)
    browser.force_login(person)
    terms = staff.Terms(Role.PACKER)

    def look(met: Meeting) -> str:
        return say(browser.get(f"/orders/{order.pk}").status_code in (302, 404))

    return Pair(
        lambda: browser.post(f"/orders/{order.pk}/cancellation", {"cancel-reason": "price"}),
        lambda: staff.change(person.pk, terms, by=owner.subject.actor, at=make.AT), look,
    )  # fmt: skip


def two_beats() -> Pair:
    make.product("A", 5)
    CallTask.objects.filter(order=make.order()).update(stage="callback", due_at=make.AT)

    def remind() -> Any:
        return calls.remind_due(at=LATER)

    def look(met: Meeting) -> str:
        remind()
        return say(JournalEvent.objects.filter(kind="call.due").count() == 1 and Reminder.objects.get().state == "done")

    return Pair(remind, remind, look)


def two_sweepers() -> Pair:
    make.product("A", 5)
    held = receivers(200)
    one = held.__enter__()[0]
    now = timezone.now()
    endpoints.make(endpoints.Terms("ERP", one.url, ["order.taken"]), by=make.BY, at=now)
    make.order()

    def sweep() -> Any:
        planning.plan(at=now)
        return sending.send_due(at=now)

    def look(met: Meeting) -> str:
        sweep()
        return say(len(one.ids) == 1 and Message.objects.get().state == "delivered")

    return Pair(sweep, sweep, look, end=lambda: held.__exit__(None, None, None))


def retention_subject() -> Pair:
    make.shop()
    owner = make.owner()
    made = canaries.order()
    changes.cancel(made.pk, CancelReason.TEST, by=owner.subject.actor, at=make.AT)
    key, years = f"c{made.customer_id}", make.after(days=9_000)

    def look(met: Meeting) -> str:
        while retention.run(at=years):
            pass
        return say(not canaries.TRACES.are_in(str(list(Order.objects.values())).encode()))

    return Pair(lambda: retention.run(at=years), lambda: subject.export(key, by=owner.subject.actor, at=make.AT), look)


ALL = (
    create_create, reserve_reserve, reserve_correction, confirm_cancel, pack_cancel, pack_edit, close_add, two_acts,
    delivered_returned, delivered_by_hand, remittance_cod, close_late, export_erasure, revoke_request, role_request,
    two_beats, two_sweepers, retention_subject,
)  # fmt: skip


def say(holds: bool) -> str:
    return "" if holds else SAY


def status(order: Order) -> str:
    return str(Order.objects.get(pk=order.pk).status)


def seal(order: Order) -> Any:
    return packing.seal(order.pk, [packing.NewParcel(1000)], by=make.BY, at=make.AT)


def cancel(order: Order) -> Any:
    return changes.cancel(order.pk, CancelReason.PRICE, by=make.BY, at=make.AT)


def parcels(number: int) -> list[str]:
    return [make.parcel_of(make.packed(external_id=f"S-{place}")).number for place in range(number)]


def out() -> Order:
    make.product("A", 5)
    made = make.handed_over()
    assert made.status == Status.HANDED_OVER
    return made


def said(order: Order, code: str, event_id: str, hours: int, *, at: Any = LATER) -> Any:
    event = tracking.CourierEvent(event_id, make.parcel_of(order).number, code, make.after(hours=hours))
    return tracking.take_in("own", [event], by=make.BY, at=at)
