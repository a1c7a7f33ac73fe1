"""Hours and limits of calls, what somebody takes, talks that are taken over, and who rings, on screen."""

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from orders import calls, telephony
from orders.models import Caller, CallTask, JournalEvent, PhoneLease, Shop
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HOURS = {
    "calls_from": "10:00", "calls_until": "19:30", "calls_weekend_from": "", "calls_weekend_until": "",
    "calls_weekdays": ["1", "2", "3", "4", "5"], "calls_a_day": "2", "contacts_a_day": "4", "own_first_minutes": "0",
    "first_call_limit_minutes": "30", "escalate_after_minutes": "45", "follow_up_after_days": "0",
    "call_leads_after_minutes": "0",
    "missed_callback": "next_day", "missed_callback_after_minutes": "90", "confirm_within_hours": "24",
    "pay_within_hours": "48", "confirm_manual_within_hours": "100",
}  # fmt: skip


@pytest.fixture
def boss() -> Client:
    make.shop(calls_from="00:00", calls_until="23:59:59.999999", language="en")
    client = Client()
    client.force_login(make.owner(email="boss@desk.example"))
    return client


def words(response) -> str:
    return response.content.decode()


def test_owner_sets_hours_and_limits_once(boss):
    assert "Minutes to the first call" in words(boss.get("/settings/calls"))

    for _twice in range(2):
        assert boss.post("/settings/calls", HOURS, headers=HTMX)["HX-Redirect"] == "/settings/calls"

    shop = Shop.current()
    assert (shop.calls_from.isoformat("minutes"), shop.calls_until.isoformat("minutes")) == ("10:00", "19:30")
    assert (shop.calls_weekdays, shop.calls_on_holidays, shop.missed_callback) == ("12345", False, "next_day")
    assert (shop.calls_a_day, shop.own_first_minutes, shop.pay_within_hours) == (2, 0, 48)
    assert JournalEvent.objects.filter(kind="calls.hours").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"calls_until": "09:00"}, {"calls_weekdays": []}, {"calls_weekend_from": "11:00"}, {"calls_a_day": "0"},
     {"missed_callback": "never"}, {"confirm_within_hours": "9999"}, {"calls_from": "soon"}],
)  # fmt: skip
def test_hours_that_cannot_be_kept_are_refused(boss, wrong):
    before = calls.see_hours()

    assert boss.post("/settings/calls", HOURS | wrong, headers=HTMX).status_code == 400
    assert calls.see_hours() == before


def test_owner_says_what_somebody_takes(boss):
    anna = make.manager()
    make.channel("market")
    path = f"/calls/skills/{anna.pk}"
    said = {"languages": "ru, bg", "regions": "Москва, Приморский край", "channels": ["market"]}

    boss.post(path, said, headers=HTMX)

    seat = Caller.objects.get(person=anna)
    assert (seat.languages, seat.channels) == (["bg", "ru"], ["market"])
    assert seat.regions == ["RU-MOW", "RU-PRI"]
    assert "Приморский край" in words(boss.get(f"/calls/board?of={anna.pk}"))
    assert boss.post(path, {"languages": "12"}, headers=HTMX).status_code == 400
    assert boss.post(f"/calls/skills/{make.packer().pk}", {}, headers=HTMX).status_code == 404


def test_talk_is_taken_over_from_the_board_and_whoever_talked_is_told(boss):
    anna = make.manager()
    desk = Client()
    desk.force_login(anna)
    make.order(at=timezone.now())
    desk.post("/calls/next")
    task = CallTask.objects.get()
    assert f"/calls/{task.pk}/over" in words(boss.get("/calls/board"))
    assert f"/calls/{task.pk}/over" not in words(desk.get("/calls/board"))

    assert boss.post(f"/calls/{task.pk}/over", headers=HTMX)["HX-Redirect"] == "/calls"

    assert PhoneLease.objects.get().person.email == "boss@desk.example"
    told = words(desk.post(f"/calls/{task.pk}/heartbeat", headers=HTMX))
    assert "has this customer now" in told
    assert desk.post("/calls/999999/over", headers=HTMX).status_code == 404


def test_every_page_asks_who_rings_once_a_provider_tells_of_calls(boss):
    assert "/calls/incoming" not in words(boss.get("/orders"))
    told = telephony.NewPhoneEvent("pbx", "c1", "ringing", timezone.now(), phone=make.PHONE)
    telephony.hear(told, by=make.BY, at=timezone.now())
    caches["nearby"].clear()

    for page in ("/orders", "/calls", "/stock"):
        assert words(boss.get(page)).count("/calls/incoming") == 1
