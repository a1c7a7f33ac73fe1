"""The shared packing device: PINs only there, hashed, counted; another person in two keys; ten minutes (SEC-11)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from shopdesk.accounts import staff
from shopdesk.people import sessions, station
from shopdesk.people.lockout import DoorRests
from shopdesk.people.models import Device, Role, Session
from tests import make
from tests.shopdesk.accounts.seats import fresh, sign_in

pytestmark = pytest.mark.django_db
PIN = "280461"


@pytest.fixture(autouse=True)
def no_kept_limits():
    cache.clear()


def a_packer(pin: str = PIN):
    person = make.packer()
    staff.choose_pin(person.pk, pin, by=person.subject.actor, at=timezone.now())
    return person


def a_device() -> Client:
    """A browser that the owner enrolled."""
    client = fresh(make.owner())
    assert client.post("/devices", {"name": "table", "use": "packing"}).url == "/station"
    return client


def test_packer_signs_in_with_a_pin_at_the_device():
    packer, client = a_packer(), a_device()
    assert packer.name in client.get("/station").content.decode()
    assert client.post(f"/station/{packer.pk}", {"pin": PIN}).url == "/packing"
    assert client.get("/packing").status_code == 200
    row = Session.objects.get(person=packer)
    assert row.device == Device.objects.get()


def test_enrolling_leaves_the_device_to_those_who_work_there():
    client = a_device()
    assert client.get("/my/account").url == "/station"
    assert Session.objects.filter(person__isnull=False).count() == 0


def test_nowhere_else_a_pin_opens_anything():
    """V6.3.3."""
    packer, _device = a_packer(), a_device()
    stranger = Client()
    assert stranger.get("/station").url == "/accounts/login/"
    assert stranger.post(f"/station/{packer.pk}", {"pin": PIN}).status_code == 404
    stranger.cookies[station.COOKIE] = "made up"
    assert stranger.post(f"/station/{packer.pk}", {"pin": PIN}).status_code == 404


def test_phone_of_a_courier_takes_no_pin():
    packer, client = a_packer(), fresh(make.owner())
    client.post("/devices", {"name": "phone", "use": "phone"})
    assert client.post(f"/station/{packer.pk}", {"pin": PIN}).status_code == 404


def test_courier_is_signed_in_all_day_on_an_enrolled_phone_until_it_is_revoked():
    courier, client = make.courier_person(), fresh(make.owner())
    client.post("/devices", {"name": "phone", "use": "phone"})
    assert sign_in(courier.email, client=client).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(hours=11), tick=False):
        assert client.get("/my/account").status_code == 200
    fresh(make.owner()).post(f"/devices/{Device.objects.get().pk}")
    assert client.get("/my/account").status_code == 302


def test_revoked_device_opens_nothing_and_signs_out():
    packer, client = a_packer(), a_device()
    client.post(f"/station/{packer.pk}", {"pin": PIN})
    owner = fresh(make.owner())
    owner.post(f"/devices/{Device.objects.get().pk}")
    assert client.get("/packing").status_code == 302
    assert client.post(f"/station/{packer.pk}", {"pin": PIN}).status_code == 404


def test_wrong_pin_is_refused_and_then_the_door_rests():
    packer, client = a_packer(), a_device()
    answers = [client.post(f"/station/{packer.pk}", {"pin": "111112"}).status_code for _ in range(6)]
    assert answers == [409] * 5 + [429]
    assert client.post(f"/station/{packer.pk}", {"pin": PIN}).status_code == 429
    assert Session.objects.filter(person=packer).count() == 0


def test_another_person_sits_down_with_a_key_of_their_own():
    first, second, client = a_packer(), a_packer("913570"), a_device()
    client.post(f"/station/{first.pk}", {"pin": PIN})
    before = client.session.session_key
    assert client.post("/station").url == "/station"
    assert Session.objects.filter(person=first).count() == 0
    client.post(f"/station/{second.pk}", {"pin": "913570"})
    assert client.session.session_key != before
    assert client.get("/bar").wsgi_request.user == second


def test_packing_device_is_idle_for_ten_minutes_at_most():
    """V7.3.1."""
    packer, client = a_packer(), a_device()
    client.post(f"/station/{packer.pk}", {"pin": PIN})
    with time_machine.travel(timezone.now() + timedelta(minutes=12), tick=False):
        assert client.get("/packing").url == "/station"


def test_pin_is_hashed_and_gone_with_the_role():
    packer = a_packer()
    assert PIN not in packer.pin_hash
    staff.change(packer.pk, staff.Terms(Role.MANAGER), by=make.owner().subject.actor, at=timezone.now())
    assert list(station.packers()) == []


@pytest.mark.parametrize("easy", ["111111", "123456", "654321", "121212", "12345", "abcdef", "١٢٣٤٥٧"])
def test_easy_pin_is_refused(easy):
    with pytest.raises(station.EasyPin):
        a_packer(easy)


def test_only_packers_have_one():
    person = make.manager()
    with pytest.raises(station.OnlyPackers):
        staff.choose_pin(person.pk, PIN, by=person.subject.actor, at=timezone.now())


def test_pin_never_shows_that_somebody_is_who_they_are():
    """What asks again does not take a PIN for an answer."""
    packer, client = a_packer(), a_device()
    client.post(f"/station/{packer.pk}", {"pin": PIN})
    assert client.get("/my/pin").url.startswith("/accounts/reauthenticate/")


def test_without_the_count_pins_are_guessed(monkeypatch):
    """Negative control."""
    packer = a_packer()
    device, _secret = station.enrol("table", Device.Use.PACKING, by=packer.subject.actor, at=timezone.now())
    at = timezone.now()

    def tries() -> int:
        for n in range(20):
            try:
                station.judge(packer.pk, f"{n:06}", device, at=at)
            except station.WrongPin:
                continue
            except DoorRests:
                return n
        return 20

    assert tries() == 5
    monkeypatch.setattr(station.lockout, "count", lambda counted, at: None)
    assert tries() == 20


def test_secret_of_a_device_is_kept_as_a_hash():
    device, secret = station.enrol("t", Device.Use.PACKING, by=make.owner().subject.actor, at=timezone.now())
    assert device.secret_hash == sessions.hashed(secret) != secret
