"""Who gets which call: whose customer it is, who is there, what they can take; the board that shows it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import calls, changes
from orders.calls import NewAttempt
from orders.intake import Address
from orders.models import Caller, CallTask, JournalEvent, Mode
from shopdesk.base.errors import Malformed, Missing
from shopdesk.people.absence import Absence
from tests import make

pytestmark = pytest.mark.django_db
OTHER, SOFIA = "+79031112233", "+359888111222"


@pytest.fixture
def anna():
    return make.manager()


@pytest.fixture
def boris():
    return make.manager()


def sit(*people, at=make.AT):
    for person in people:
        calls.switch(person.pk, "on_calls", by=person.subject.actor, at=at)


def owned(person, **fields):
    """Take an order in whose customer is somebody's own."""
    order = make.order(**fields)
    CallTask.objects.filter(order=order).update(owner=person)
    return CallTask.objects.get(order=order)


def taken(person, *, at=make.AT):
    return calls.take_next(person.pk, at=at).task


def test_own_customers_come_first_inside_a_rank(anna):
    dear = make.order(items=[("B", 9, "900.00")], phone=OTHER)
    mine = owned(anna)

    assert taken(anna) == mine
    assert CallTask.objects.get(pk=mine.pk).score["own"] is True
    assert dear.call_tasks.get().taken_by is None


def test_customer_of_somebody_who_is_there_is_left_to_them_for_ten_minutes(anna, boris):
    mine = owned(anna)
    sit(anna, boris)

    with pytest.raises(calls.NothingDue):
        calls.take_next(boris.pk, at=make.after(minutes=9))
    assert taken(boris, at=make.after(minutes=10)) == mine


def test_customer_of_somebody_who_is_not_there_is_anybody_s_at_once(anna, boris):
    """Negative control of the one above: nobody sits at the owner's place."""
    mine = owned(anna)

    assert taken(boris) == mine


@pytest.mark.parametrize("silent", [{"state": "break"}, {"seen_at": make.AT - timedelta(minutes=31)}])
def test_break_and_long_silence_give_customers_to_the_others(anna, boris, silent):
    mine = owned(anna)
    sit(anna)
    Caller.objects.filter(pk=anna.pk).update(**silent)

    assert taken(boris) == mine


def test_who_promised_to_ring_back_does_so(anna, boris):
    make.order()
    talk = calls.take_next(anna.pk, at=make.AT)
    promise = NewAttempt("callback", callback_at=make.after(hours=1))
    calls.settle(talk.task.pk, promise, by=make.BY, person=anna.pk, at=make.AT, token=talk.token)
    sit(anna, at=make.after(minutes=59))

    with pytest.raises(calls.NothingDue):
        calls.take_next(boris.pk, at=make.after(hours=1))
    assert taken(anna, at=make.after(hours=1)) == talk.task


def test_substitute_has_the_customers_of_who_is_away_and_gives_them_back_by_itself(anna, boris):
    mine = owned(anna)
    clara = make.manager()
    today = make.AT.date()
    Absence.objects.create(person=anna, from_on=today, until_on=today + timedelta(days=1), substitute=boris)
    sit(anna, boris, clara)

    with pytest.raises(calls.NothingDue):
        calls.take_next(clara.pk, at=make.AT)
    assert taken(boris) == mine
    calls.skip(mine.pk, "later", by=make.BY, person=boris.pk, at=make.AT)

    tomorrow = make.after(days=1)
    CallTask.objects.update(due_at=tomorrow)
    sit(anna, boris, at=tomorrow)
    with pytest.raises(calls.NothingDue):
        calls.take_next(boris.pk, at=tomorrow)
    assert taken(anna, at=tomorrow) == mine


def test_calls_go_to_those_who_speak_the_language_and_serve_the_channel(anna, boris):
    make.shop(language="ru")
    bulgarian = make.order(phone=SOFIA)
    of_market = make.order(channel=make.channel("market"))
    calls.set_skills(anna.pk, calls.Skills(["bg"], []), by=make.BY, at=make.AT)
    calls.set_skills(boris.pk, calls.Skills(["ru"], ["market"]), by=make.BY, at=make.AT)

    assert taken(anna).order_id == bulgarian.pk
    assert taken(boris).order_id == of_market.pk
    make.order(phone=OTHER)
    clara = make.manager()
    calls.set_skills(clara.pk, calls.Skills(["bg"], []), by=make.BY, at=make.AT)
    with pytest.raises(calls.NothingDue):
        calls.take_next(clara.pk, at=make.AT)


def test_unknown_channels_and_languages_are_refused(anna):
    for wrong in ({"languages": ["12"], "channels": []}, {"languages": [], "channels": ["nowhere"]}):
        with pytest.raises(Malformed):
            calls.set_skills(anna.pk, calls.Skills(**wrong), by=make.BY, at=make.AT)
    assert not Caller.objects.exclude(languages=[], channels=[]).exists()


def test_whoever_asks_for_a_call_is_on_calls_and_no_break_leaves_a_customer_alone(anna):
    make.order()
    calls.switch(anna.pk, "break", by=make.BY, at=make.AT)
    task = taken(anna)

    assert Caller.objects.get(pk=anna.pk).state == "on_calls"
    with pytest.raises(calls.StillTalking):
        calls.switch(anna.pk, "break", by=make.BY, at=make.AT)
    calls.skip(task.pk, "lunch", by=make.BY, person=anna.pk, at=make.AT)
    assert calls.switch(anna.pk, "break", by=make.BY, at=make.AT).state == "break"
    told = JournalEvent.objects.filter(kind="call.presence").order_by("pk").values_list("data__state", flat=True)
    assert list(told) == ["break", "on_calls", "break"]


def test_calls_change_hands_many_at_once_but_not_in_the_middle_of_a_talk(anna, boris):
    mine = [owned(anna, phone=f"+7916000000{number}") for number in range(3)]
    talk = taken(boris, at=make.AT)

    assert list(calls.tasks_of(anna.pk)) == sorted(mine, key=lambda task: task.pk)
    numbers = [task.pk for task in mine]
    assert [calls.reassign(numbers, boris.pk, by=make.BY, at=make.AT) for _ in range(2)] == [2, 0]

    assert set(calls.tasks_of(anna.pk)) == {talk}
    assert JournalEvent.objects.filter(kind="call.reassigned").count() == 2
    order = mine[-1].order
    order.refresh_from_db()
    assert order.version == order.events.count()
    with pytest.raises(Missing):
        calls.reassign(numbers, make.packer().pk, by=make.BY, at=make.AT)


def test_missed_call_is_asked_once_and_gets_a_conversation(anna):
    known = make.order()
    calls.confirm(known.pk, by=make.BY, at=make.AT)

    first, second = (calls.note_missed(make.PHONE, by=make.BY, at=make.AT) for _ in range(2))

    assert (first.pk, first.mode, first.customer_id) == (second.pk, Mode.MISSED_CALL, known.customer_id)
    assert taken(anna) == first
    done = NewAttempt("confirmed")
    calls.settle(first.pk, done, by=make.BY, person=anna.pk, at=make.AT)
    assert calls.note_missed(make.PHONE, by=make.BY, at=make.after(hours=1)).pk != first.pk


def test_board_tells_people_what_they_hold_and_how_today_went(anna, boris, django_assert_max_num_queries):
    make.shop(language="ru")
    make.order()
    make.order(phone=OTHER)
    make.order(phone=SOFIA)
    calls.set_skills(anna.pk, calls.Skills(["ru"], []), by=make.BY, at=make.AT)
    calls.set_skills(boris.pk, calls.Skills(["ru"], []), by=make.BY, at=make.AT)
    for outcome in ("confirmed", "no_answer"):
        talk = calls.take_next(anna.pk, at=make.AT)
        calls.settle(talk.task.pk, NewAttempt(outcome), by=make.BY, person=anna.pk, at=make.AT, token=talk.token)
    calls.switch(boris.pk, "break", by=make.BY, at=make.AT)
    third = owned(boris, phone="+79031112299")
    CallTask.objects.filter(pk=third.pk).update(limit_at=make.AT)
    calls.take_next(anna.pk, at=make.AT)

    with django_assert_max_num_queries(18):
        board = calls.see_board(at=make.after(minutes=1))

    seats = {seat.person: seat for seat in board.seats}
    mine, his = seats[anna.pk], seats[boris.pk]
    assert (mine.there, mine.numbers, mine.calls, mine.spoken, mine.agreed) == (True, [third.order_id], 1, 1, 1)
    assert (his.there, his.state, his.numbers, his.owns) == (False, "break", (), 1)
    today = board.today
    assert (today.rung, today.spoken, today.contact_percent) == (2, 1, 50)
    assert (today.decided, today.confirmation_percent) == (1, 100)
    assert [(one.language, one.due) for one in board.unmanned] == [("bg", 1)]
    assert [(row.mode, row.late) for row in board.queues] == [("confirm", 1)]


def test_board_asks_the_same_number_of_questions_however_many_are_there():
    def questions():
        with CaptureQueriesContext(connection) as asked:
            calls.see_board(at=make.after(minutes=1))
        return len(asked)

    sit(make.manager())
    make.order()
    few = questions()
    for number in range(20):
        sit(make.manager())
        make.order(phone=f"+791600000{number:02}")

    assert questions() == few


def test_calls_go_to_those_who_take_the_region(anna, boris):
    address = Address(text="Ленина, 1", country="RU", region="Приморский край", city="Владивосток")
    far = make.order(address=address)
    make.order(phone=OTHER)
    calls.set_skills(anna.pk, calls.Skills(regions=["  МОСКВА "]), by=make.BY, at=make.AT)
    calls.set_skills(boris.pk, calls.Skills(regions=["Приморский кр."]), by=make.BY, at=make.AT)
    sit(anna)
    waits = calls.see_board(at=make.AT).unmanned
    assert [(row.region, row.due) for row in waits] == [("RU-PRI", 1)]

    assert taken(anna).phone == OTHER
    assert taken(boris).order_id == far.pk


def test_an_order_that_goes_elsewhere_is_rung_by_that_place(anna):
    order = make.order(address=Address(text="Ленина, 1", country="RU", region="обл. Московская", city="Химки"))
    task = CallTask.objects.get()
    assert (task.region, task.zone) == ("RU-MOS", "Europe/Moscow")

    fields = {"address_region": "Приморье", "address_city": "Владивосток"}
    changes.edit(order.pk, changes.Edit(fields), version=order.version, by=make.BY, at=make.after(minutes=1))

    task.refresh_from_db()
    assert (task.region, task.zone) == ("RU-PRI", "Asia/Vladivostok")


def test_where_nobody_is_no_skill_is_missing():
    make.order()

    assert calls.see_board(at=make.AT).unmanned == []


def test_who_does_not_call_here_has_no_skills():
    with pytest.raises(Missing):
        calls.set_skills(make.packer().pk, calls.Skills(["ru"]), by=make.BY, at=make.AT)
