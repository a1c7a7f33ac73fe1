"""The telephone: events in any order, missed calls that become tasks once, dialling by each way, enquiries."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations

import pytest
from django.test import Client

from orders import calls, telephony
from orders.models import (
    AttemptCall,
    CallAttempt,
    CallTask,
    Enquiry,
    ExpectedLine,
    ExpectedReceipt,
    JournalEvent,
    Mode,
    PhoneCall,
    Substitute,
)
from shopdesk.base.outgoing import AddressRefused
from tests import make

pytestmark = pytest.mark.django_db
PHONE = "+79161234567"
RANG = {"state": "ringing", "at": make.AT}
TOOK = {"state": "answered", "at": make.after(seconds=9), "seat": "101"}
OVER = {"state": "ended", "at": make.after(seconds=70), "talk_seconds": 61, "recording": "https://pbx.example/1.mp3"}


def hear(*, call_id: str = "c1", phone: str = PHONE, **said) -> PhoneCall:
    event = telephony.NewPhoneEvent("pbx", call_id, **({"phone": phone} | said))
    return telephony.hear(event, by=make.BY, at=make.after(minutes=5))


def miss(**said) -> PhoneCall:
    hear(**RANG | said)
    return hear(state="ended", at=make.after(seconds=40), **said)


def test_call_ends_the_same_in_whatever_order_it_is_told():
    telephony.set_seat(make.manager().pk, "101", by=make.BY, at=make.AT)
    ends = set()
    for number, order in enumerate(permutations((RANG, TOOK, OVER))):
        for said in (*order, *order):
            call = hear(call_id=f"c{number}", **said)
        ends.add((call.state, call.talk_seconds, call.person_id is not None, call.began_at, call.ended_at))
    assert len(ends) == 1
    assert PhoneCall.objects.count() == 6
    assert not CallTask.objects.exists()


def test_call_that_nobody_took_becomes_a_task_once():
    make.shop()
    miss()
    miss(call_id="c2")
    task = CallTask.objects.get()
    assert (task.mode, task.phone, task.order_id) == (Mode.MISSED_CALL, PHONE, None)
    assert JournalEvent.objects.filter(kind="call.missed").count() == 2


def test_missed_call_of_a_customer_is_about_that_customer():
    order = make.order()
    call = miss()
    assert CallTask.objects.get(mode=Mode.MISSED_CALL).customer_id == order.customer_id == call.customer_id


def test_missed_call_waits_for_the_next_day_where_the_shop_says_so():
    make.shop()
    telephony.set_line("tel", "", "next_day", by=make.BY, at=make.AT)
    miss()
    assert CallTask.objects.get().due_at == make.AT.replace(hour=9) + timedelta(days=1)


def test_missed_call_is_only_noted_where_the_shop_says_so():
    telephony.set_line("tel", "", "close", by=make.BY, at=make.AT)
    miss()
    assert not CallTask.objects.exists()
    assert PhoneCall.objects.get().state == "missed"


def test_hidden_number_cannot_be_rung_back():
    miss(phone="")
    assert not CallTask.objects.exists()


def test_recording_comes_from_the_public_internet_alone():
    with pytest.raises(AddressRefused):
        hear(state="ended", at=make.AT, recording="http://router.local/x.mp3")


def test_who_rings_has_their_open_orders():
    order = make.order()
    hear(**RANG)
    [caller] = telephony.incoming(make.manager().subject, at=make.after(seconds=5))
    assert (caller.name, [one.number for one in caller.orders]) == ("Анна Смирнова", [order.number])


def test_ringing_fades_when_its_end_is_never_told():
    hear(**RANG)
    assert telephony.incoming(make.manager().subject, at=make.after(minutes=3)) == []


def test_call_at_another_extension_does_not_pop_up():
    mine, other = make.manager(), make.manager()
    telephony.set_seat(mine.pk, "101", by=make.BY, at=make.AT)
    hear(**RANG | {"seat": "101"})
    assert telephony.incoming(mine.subject, at=make.after(seconds=5))
    assert not telephony.incoming(other.subject, at=make.after(seconds=5))


def test_extension_has_one_person():
    telephony.set_seat(make.manager().pk, "101", by=make.BY, at=make.AT)
    with pytest.raises(telephony.SeatTaken):
        telephony.set_seat(make.manager().pk, "101", by=make.BY, at=make.AT)


# --- dialling ---


class Provider(BaseHTTPRequestHandler):
    """Takes requests to dial."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def provider(settings):
    settings.OUTGOING_TO_THIS_MACHINE = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.got, server.answer = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def caller(provider):
    person = make.manager().pk
    address = f"http://127.0.0.1:{provider.server_port}/dial?to={{phone}}&from={{seat}}"
    telephony.set_line("request", address, "retry", by=make.BY, at=make.AT)
    telephony.set_seat(person, "101", by=make.BY, at=make.AT)
    return person


def test_shop_that_set_nothing_dials_by_tel():
    assert telephony.way_of(PHONE, 1).href == f"tel:{PHONE}"


def test_provider_is_asked_to_connect_the_two(provider, caller):
    assert telephony.way_of(PHONE, caller).href == ""
    telephony.ring(PHONE, caller)
    assert provider.got == [("/dial?to=79161234567&from=101", {"phone": PHONE, "seat": "101"})]


def test_provider_that_refuses_is_said_so(provider, caller):
    provider.answer = 503
    with pytest.raises(telephony.DialFailed):
        telephony.ring(PHONE, caller)


def test_without_an_extension_nothing_is_asked(provider, caller):
    with pytest.raises(telephony.NoSeat):
        telephony.ring(PHONE, make.manager().pk)
    assert provider.got == []


def test_page_of_the_provider_is_opened_with_the_number():
    telephony.set_line("link", "https://pbx.example/call?n={phone}", "retry", by=make.BY, at=make.AT)
    assert telephony.way_of(PHONE, 1).href == "https://pbx.example/call?n=79161234567"


@pytest.mark.parametrize("address", ["http://10.0.0.1/{phone}", "https://user@pbx.example/{phone}", "file:///{phone}"])
def test_address_inside_the_network_is_refused(address):
    with pytest.raises(AddressRefused):
        telephony.set_line("request", address, "retry", by=make.BY, at=make.AT)


# --- enquiries ---


def test_enquiry_says_what_there_is_instead_and_when_more_comes():
    asked, other = make.product("A", 1), make.product("B", 7)
    Substitute.objects.create(product=asked, instead=other)
    event = JournalEvent.objects.last()
    receipt = ExpectedReceipt.objects.create(
        supplier="S", location=make.order().location, due_on=make.AT.date(), event=event, at=make.AT
    )
    ExpectedLine.objects.create(expected=receipt, product=asked, quantity=30)
    there = telephony.see_there_is(asked)
    assert (there.free, [(one.sku, free) for one, free in there.instead]) == (0, [("B", 7)])
    assert (there.comes, there.comes_on) == (30, make.AT.date())


@pytest.mark.parametrize(("quantity", "came_to"), [(2, "told"), (3, "absent")])
def test_what_is_asked_for_and_absent_is_lost_demand(quantity, came_to):
    asked = make.product("A", 2)
    new = telephony.NewEnquiry(product=asked.pk, quantity=quantity, phone=PHONE)
    telephony.note_enquiry(new, by=make.BY, person=0, at=make.AT)
    noted = Enquiry.objects.get()
    assert (noted.came_to, noted.free, noted.asked) == (came_to, 2, "A")


def test_what_we_do_not_sell_is_lost_demand_too():
    telephony.note_enquiry(telephony.NewEnquiry("зелёный зонт"), by=make.BY, person=0, at=make.AT)
    assert Enquiry.objects.get().came_to == "absent"


def test_enquiry_about_nothing_is_refused():
    with pytest.raises(telephony.NothingAsked):
        telephony.note_enquiry(telephony.NewEnquiry(), by=make.BY, person=0, at=make.AT)


def noted(person, *, at) -> CallAttempt:
    """Take the call, and note that nobody picked up."""
    talk = calls.take_next(person.pk, at=at)
    attempt = calls.NewAttempt("no_answer")
    calls.settle(talk.task.pk, attempt, by=person.subject.actor, person=person.pk, at=at, token=talk.token)
    return CallAttempt.objects.latest("pk")


@pytest.mark.parametrize("told_first", [True, False], ids=["the provider first", "the attempt first"])
def test_attempt_has_its_call_whoever_tells_first(told_first):
    make.shop()
    anna = make.manager()
    telephony.set_seat(anna.pk, "101", by=make.BY, at=make.AT)
    make.order()
    tell = [lambda: [hear(direction="out", **said) for said in (RANG, TOOK, OVER)]]
    tell.insert(0 if not told_first else 1, lambda: [noted(anna, at=make.after(seconds=80))])
    for one in tell:
        one()

    talk = CallAttempt.objects.get().talk.call
    assert (talk.talk_seconds, talk.recording) == (61, "https://pbx.example/1.mp3")
    client = Client()
    client.force_login(anna)
    shown = client.get(f"/orders/{CallAttempt.objects.get().order_id}").content.decode()
    assert "1:01" in shown
    assert "https://pbx.example/1.mp3" in shown


def test_attempt_is_the_last_call_of_whoever_made_it_and_never_one_in_vain():
    make.shop()
    anna, boris = make.manager(), make.manager()
    for person, seat in ((anna, "101"), (boris, "102")):
        telephony.set_seat(person.pk, seat, by=make.BY, at=make.AT)
    make.order()
    hear(call_id="earlier", direction="out", **TOOK)
    hear(call_id="hers", direction="out", **TOOK | {"at": make.after(seconds=20)})
    hear(call_id="his", direction="out", state="answered", at=make.after(seconds=30), seat="102")
    hear(call_id="theirs", state="ringing", at=make.after(seconds=40))
    attempt = noted(anna, at=make.after(seconds=80))
    hear(call_id="next", direction="out", **TOOK | {"at": make.after(minutes=4)})

    assert attempt.talk.call.call_id == "hers"
    assert AttemptCall.objects.count() == 1
