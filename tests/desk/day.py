"""A day of the whole desk as a state machine: each deed is asked of the desk and of the model, and both must agree."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.core.cache import caches
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orders import tasks
from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.desk.truth import Desk, Sale

MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PRICES = {"A": Decimal("129.00"), "B": Decimal("50.00"), "X": Decimal("7.77")}  # nobody knows an X
SHELF = {"A": 8, "B": 6}
ADDRESS = {"text": "Москва, Садовая 1", "city": "Москва"}
EXTERNAL = st.sampled_from([f"S-{number}" for number in range(8)])
ITEMS = st.dictionaries(st.sampled_from("AAAABBBX"), st.integers(1, 3), min_size=1, max_size=2)
WHICH, PIECES, SKU, SCAN = st.integers(0, 7), st.integers(1, 3), st.sampled_from("ABX"), st.integers(0, 9)
STEPS_ON, KEPT = st.integers(1, 7), st.integers(0, 3)
TRIED = dict.fromkeys(["sequences", "deeds", "refused", "orders", "sealed", "out", "delivered", "home"], 0)


class Day(RuleBasedStateMachine):
    """Shops, people and couriers do what they like, in any order."""

    clients: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        for name in {"default", "counters"} & set(caches.settings):
            caches[name].clear()  # it is the same morning each time: after so many the desk says "wait a little"
        self.undoing = make.undone()
        self.undoing.__enter__()
        self.travel = time_machine.travel(MORNING, tick=False)
        self.clock = self.travel.start()
        self.desk = Desk(SHELF)
        self.events = self.deeds = self.refused = 0
        self.rung: dict[int, int] = {}

    # -- asking the desk, and comparing --

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        self.deeds += 1
        return self.clients[who](method, path, body)

    def agree(self, answer: Any, wanted: int, sale: Sale | None = None) -> Any:
        """The desk answered what the model says, and the order is what the model says."""
        told = 409 if answer.status_code == 404 else answer.status_code  # to whom may not see it now, it is missing
        assert told == wanted, (wanted, answer.status_code, answer.content.decode())
        self.refused += wanted == 409
        if sale is not None:
            self.compare(sale)
        return answer.json() if answer.content else None

    def compare(self, sale: Sale) -> None:
        told = self.clients["manager"].get(f"orders/{sale.number}").json()
        lines = [(line.sku, line.quantity, line.reserved, line.picked) for line in sale.lines]
        assert [(row["sku"], row["quantity"], row["reserved"], row["picked"]) for row in told["items"]] == lines
        came = [(line.delivered, line.returned) for line in sale.lines]
        assert [(row["delivered"], row["returned"]) for row in told["items"]] == came
        assert told["status"] == sale.status
        assert {row["reason"] for row in told["holds"]} == sale.holds
        assert Decimal(told["total"]) == sale.total
        if sale.way == "inside":  # at the door the courier takes the rest
            assert Decimal(told["payment"]["paid"]) == sale.paid

    def one(self, which: int) -> Sale:
        sales = list(self.desk.sales.values())
        return sales[which % len(sales)]

    # -- deeds --

    @initialize(items=st.tuples(ITEMS, ITEMS, ITEMS), steps=st.tuples(STEPS_ON, STEPS_ON), kept=KEPT)
    def open_the_day(self, items: tuple[dict[str, int], ...], steps: tuple[int, ...], kept: int) -> None:
        """Three orders came overnight; two of them are somewhere on their way."""
        for place, one in enumerate(items):
            self.take(f"S-{place}", one, prepaid=False)
        for place, far in enumerate(steps):
            self.go_on(place, far, kept)

    @rule(external=EXTERNAL, items=ITEMS, prepaid=st.booleans())
    def take(self, external: str, items: dict[str, int], prepaid: bool) -> None:
        body = {
            "external_id": external, "currency": "RUB", "payment": {"method": "prepaid" if prepaid else "cod"},
            "customer": {"name": "Анна", "phone": f"+791612300{external[-1]}0"},
            "delivery": {"method": "courier", "courier": "own", "address": ADDRESS},
            "items": [{"sku": sku, "quantity": pieces, "price": str(PRICES[sku])} for sku, pieces in items.items()],
        }  # fmt: skip
        answer = self.ask("storefront", "POST", "orders", body)
        asked = [(sku, pieces, PRICES[sku]) for sku, pieces in items.items()]
        wanted = self.desk.take(external, answer.json().get("number", 0), asked, prepaid=prepaid)
        self.agree(answer, wanted, self.desk.sales[external])

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        sale = self.one(which)
        answer = self.ask("manager", "POST", f"orders/{sale.number}/confirmation", {"reason": "by letter"})
        self.agree(answer, self.desk.confirm(sale), sale)

    @precondition(lambda self: self.desk.sales)
    @rule(said=st.sampled_from(["confirmed", "declined", "no_answer"]))
    def ring(self, said: str) -> None:
        """Take the next call, if one is due, and say how it ended."""
        answer = self.ask("manager", "POST", "calls/next")
        if answer.status_code == 204:  # in the morning somebody is always to be rung, while anybody was not
            waiting = [one for one in self.desk.sales.values() if one.status == "new" and one.number not in self.rung]
            assert self.desk.hour or not waiting
            return
        talk = self.agree(answer, 200)
        (number,) = [row["number"] for row in talk["orders"]]
        sale = next(sale for sale in self.desk.sales.values() if sale.number == number)
        self.rung[number] = self.rung.get(number, 0) + 1
        if said == "no_answer" and (sale.status != "new" or self.rung[number] > 2):
            said = "confirmed" if sale.status == "new" else said
        attempt = {"outcome": said, "token": talk["token"]} | ({"reason": "price"} if said == "declined" else {})
        self.agree(self.ask("manager", "POST", f"calls/{talk['id']}/attempts", attempt), 201)
        if sale.status == "new" and said != "no_answer":
            (self.desk.confirm if said == "confirmed" else self.desk.cancel)(sale)
        self.compare(sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH, sku=SKU, pieces=PIECES, stale=st.sampled_from([False, False, True]))
    def change(self, which: int, sku: str, pieces: int, stale: bool) -> None:
        sale = self.one(which)
        told = self.clients["manager"].get(f"orders/{sale.number}").json()
        line = next((row["id"] for row in told["items"] if row["sku"] == sku), None)
        if line is None:
            return
        items = [{"id": line, "quantity": pieces}]
        version = told["version"]
        answer = self.ask("manager", "PATCH", f"orders/{sale.number}", {"version": version, "items": items})
        wanted = self.desk.change(sale, sku, pieces)
        self.agree(answer, wanted, sale)
        if stale and wanted == 200:
            again = self.ask("manager", "PATCH", f"orders/{sale.number}", {"version": version, "items": items})
            self.agree(again, 409, sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        sale = self.one(which)
        answer = self.ask("manager", "POST", f"orders/{sale.number}/cancellation", {"reason": "price"})
        self.agree(answer, self.desk.cancel(sale), sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH, release=st.booleans())
    def hold(self, which: int, release: bool) -> None:
        """Hold an order, or let go of whatever holds it first."""
        sale = self.one(which)
        if not release:
            answer = self.ask("manager", "POST", f"orders/{sale.number}/holds", {"reason": "high_risk"})
            self.agree(answer, self.desk.hold(sale, "high_risk"), sale)
            return
        for row in self.clients["manager"].get(f"orders/{sale.number}").json()["holds"]:
            answer = self.ask("manager", "DELETE", f"orders/{sale.number}/holds/{row['id']}")
            sale.holds.discard(row["reason"])
            self.agree(answer, 200, sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH, whole=st.booleans())
    def pay(self, which: int, whole: bool) -> None:
        sale = self.one(which)
        amount = sale.total if whole else Decimal("10.00")
        answer = self.ask("manager", "POST", f"orders/{sale.number}/payments", {"amount": str(amount)})
        self.agree(answer, self.desk.pay(sale, amount), sale)

    @rule(sku=st.sampled_from("AB"), pieces=PIECES)
    def receive(self, sku: str, pieces: int) -> None:
        """A supplier brings goods; whoever waits for them gets them."""
        answer = self.ask("manager", "POST", "stock/receipts", {"lines": [{"sku": sku, "quantity": pieces}]})
        self.agree(answer, self.desk.receive(sku, pieces))
        self.sweep()

    @rule(hours=st.sampled_from([1, 20, 80]))
    def wait(self, hours: int) -> None:
        self.clock.shift(timedelta(hours=hours))
        self.desk.wait(hours)
        self.sweep()

    def sweep(self) -> None:
        tasks.free_promises()
        tasks.allocate()
        self.desk.allocate()
        for sale in self.desk.sales.values():
            self.compare(sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH, down=st.sampled_from([False, False, True]))
    def pick_up(self, which: int, down: bool) -> None:
        sale = self.one(which)
        answer = self.ask("packer", "DELETE" if down else "POST", f"orders/{sale.number}/picking")
        self.agree(answer, self.desk.put_down(sale) if down else self.desk.pick_up(sale), sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH, scan=SCAN, sku=SKU, pieces=PIECES, deed=st.sampled_from(["scan", "scan", "put_back", "miss"]))
    def handle(self, which: int, scan: int, sku: str, pieces: int, deed: str) -> None:
        """Scan a piece onto the table or back from it, or miss it. Scans repeat themselves."""
        sale = self.one(which)
        if sku == "X" and sale.line(sku) is None:
            return
        body: dict[str, Any] = {"sku": sku, "quantity": pieces}
        if deed == "miss":
            answer = self.ask("packer", "POST", f"orders/{sale.number}/shortages", body | {"reason": "missing"})
            self.agree(answer, self.desk.miss(sale, sku, pieces), sale)
            return
        door = {"scan": "scans", "put_back": "put-back"}[deed]
        answer = self.ask("packer", "POST", f"orders/{sale.number}/{door}", body | {"event_id": f"e{scan}"})
        self.agree(answer, getattr(self.desk, deed)(sale, f"e{scan}", sku, pieces), sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH)
    def pack(self, which: int) -> None:
        """Scan all that is still wanted and seal."""
        sale = self.one(which)
        for line in sale.lines:
            if sale.status == "picking" and (pieces := line.reserved):
                self.events += 1
                body = {"sku": line.sku, "quantity": pieces, "event_id": f"p{self.events}"}
                answer = self.ask("packer", "POST", f"orders/{sale.number}/scans", body)
                self.agree(answer, self.desk.scan(sale, f"p{self.events}", line.sku, pieces), sale)
        answer = self.ask("packer", "POST", f"orders/{sale.number}/parcels", {"parcels": [{"weight_g": 500}]})
        self.agree(answer, self.desk.seal(sale), sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH)
    def open_again(self, which: int) -> None:
        sale = self.one(which)
        self.agree(self.ask("packer", "DELETE", f"orders/{sale.number}/parcels"), self.desk.open_again(sale), sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH)
    def hand_over(self, which: int) -> None:
        """Put the parcel on an act of its own and close it."""
        sale = self.one(which)
        if not sale.parcels:
            return
        day = self.clients["now"]().date().isoformat()
        act = self.ask("manager", "POST", "acts", {"courier": "own", "ship_date": day, "parcels": [sale.parcel]})
        wanted = self.desk.close_act(sale, act.json().get("number", 0))
        self.agree(act, 201 if wanted == 200 else wanted, sale)
        if wanted == 200:
            self.agree(self.ask("manager", "POST", f"acts/{sale.on_act}/closing"), 200, sale)

    @precondition(lambda self: self.desk.sales)
    @rule(which=WHICH, steps=STEPS_ON, kept=KEPT)
    def go_on(self, which: int, steps: int, kept: int) -> None:
        """Work one order as on a usual day, as far as it gets: agreed, nothing holds it, sealed, gone, at the door."""
        sale = self.one(which)
        self.hold(which, release=True)
        days_work: list[Callable[[], None]] = [
            lambda: self.confirm(which), lambda: self.pick_up(which, down=False), lambda: self.pack(which),
            lambda: self.hand_over(which), lambda: self.accept_of(sale, there=True),
            lambda: self.hear_of(sale, kept, "delivered", again=False), lambda: self.come_home_of(sale),
        ]  # fmt: skip
        for deed in days_work[:steps]:
            deed()

    @precondition(lambda self: any(sale.on_act for sale in self.desk.sales.values()))
    @rule(which=WHICH, there=st.sampled_from([True, True, False]))
    def accept(self, which: int, there: bool) -> None:
        waiting = [sale for sale in self.desk.sales.values() if sale.on_act]
        self.accept_of(waiting[which % len(waiting)], there=there)

    def accept_of(self, sale: Sale, *, there: bool) -> None:
        if not sale.on_act:
            return
        body = {"accepted": [sale.parcel] if there else [], "missing": [] if there else [sale.parcel]}
        answer = self.ask("courier", "POST", f"courier/acts/{sale.on_act}/acceptance", body)
        self.agree(answer, self.desk.accept(sale, there=there), sale)

    def out(self) -> list[Sale]:
        return [sale for sale in self.desk.sales.values() if sale.status == "handed_over"]

    @precondition(lambda self: self.out())
    @rule(which=WHICH, kept=KEPT, said=st.sampled_from(["delivered", "returning"]), again=st.booleans())
    def at_the_door(self, which: int, kept: int, said: str, again: bool) -> None:
        self.hear_of(self.out()[which % len(self.out())], kept, said, again=again)

    def hear_of(self, sale: Sale, kept: int, said: str, *, again: bool) -> None:
        """The customer keeps all, or a part of the first line, or nothing; the courier may say so twice."""
        if sale.status != "handed_over":
            return
        self.events += 1
        first = sale.lines[0]
        kept = min(kept, first.picked)
        if not kept and len(sale.lines) == 1:
            said = "returning"
        event = {
            "event_id": f"c{self.events}",
            "parcel": sale.parcel,
            "code": said,
            "at": self.clients["now"]().isoformat(),
        }
        if said == "delivered":
            event["lines"] = [
                {"sku": line.sku, "delivered": line.picked if place else kept} for place, line in enumerate(sale.lines)
            ]
        for _time in range(1 + again):
            answer = self.ask("courier", "POST", "courier/events", {"events": [event]})
            if said == "delivered":
                wanted = self.desk.deliver(sale, event["event_id"], kept)
            else:
                wanted = self.desk.refuse(sale, event["event_id"])
            assert self.agree(answer, 200, sale)["results"][0]["result"] == wanted

    @precondition(lambda self: any(sale.parcels for sale in self.desk.sales.values()))
    @rule(which=WHICH)
    def bring_back(self, which: int) -> None:
        sent = [sale for sale in self.desk.sales.values() if sale.parcels]
        sale = sent[which % len(sent)]
        if sale.way == "inside" and sale.status != "handed_over":
            return  # scanning in what never left is no news: the custody tests look at it
        answer = self.ask("manager", "POST", "parcels/back", {"parcels": [sale.parcel]})
        self.agree(answer, self.desk.bring_back(sale), sale)

    @precondition(lambda self: any(sale.status in {"delivered", "returning"} for sale in self.desk.sales.values()))
    @rule(which=WHICH)
    def come_home(self, which: int) -> None:
        ended = [sale for sale in self.desk.sales.values() if sale.status in {"delivered", "returning"}]
        self.come_home_of(ended[which % len(ended)])

    def come_home_of(self, sale: Sale) -> None:
        """What was not kept is scanned in, inspected and back on the shelf."""
        back = [
            {"sku": line.sku, "quantity": line.picked - line.delivered, "to": "bin"}
            for line in sale.lines
            if line.picked > line.delivered
        ]
        if sale.way != "out" or sale.status == "handed_over" or not back:
            return
        self.agree(self.ask("packer", "POST", "returns/receipt", {"parcels": [sale.parcel]}), 200)
        answer = self.ask("packer", "POST", f"returns/{sale.parcel}/inspection", {"lines": back})
        self.agree(answer, self.desk.come_home(sale), sale)

    def teardown(self) -> None:
        try:
            self.everything_agrees()
            TRIED["sequences"] += 1
            TRIED["deeds"] += self.deeds
            TRIED["refused"] += self.refused
            sales = self.desk.sales.values()
            TRIED["orders"] += len(sales)
            TRIED["sealed"] += sum(sale.parcels > 0 for sale in sales)
            TRIED["out"] += sum(sale.way in {"out", "home"} for sale in sales)
            TRIED["delivered"] += sum(sale.status == "delivered" for sale in sales)
            TRIED["home"] += sum(sale.way == "home" for sale in sales)
            if TRIED["sequences"] % 100 == 0:
                logging.getLogger("soak").warning("%s", TRIED)
        finally:
            self.travel.stop()
            self.undoing.__exit__(None, None, None)

    def everything_agrees(self) -> None:
        for sale in self.desk.sales.values():
            self.compare(sale)
        told = {row["sku"]: row for row in self.clients["manager"].get("stock").json()["results"]}
        for sku, pieces in self.desk.shelf.items():
            assert (told[sku]["on_hand"], told[sku]["available"]) == (pieces, self.desk.free(sku))
        credits = self.clients["manager"].get("credits?limit=200").json()["results"]
        owed = sum(Decimal(row["amount"]) for row in credits if row["reason"] == "cancelled")
        assert owed == sum(sale.owed for sale in self.desk.sales.values())
        assert {check.id: broken for check in all_checks() if (broken := check.find("default").offenders)} == {}
