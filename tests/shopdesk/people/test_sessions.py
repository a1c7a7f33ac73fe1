"""Where people are signed in: what ends by itself, by hand, with another role, with the person (SEC-05, SEC-15)."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from shopdesk.accounts import staff
from shopdesk.accounts.staff import Terms
from shopdesk.people import sessions, station
from shopdesk.people.models import Device, Role, Session
from tests import make
from tests.shopdesk.accounts.seats import fresh, sign_in

pytestmark = pytest.mark.django_db


def seated(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def is_in(client: Client) -> bool:
    return client.get("/my/account").status_code == 200


@pytest.mark.parametrize(("role", "minutes"), [(Role.OWNER, 30), (Role.PACKER, 10), (Role.COURIER, 30)])
def test_idle_session_ends(role, minutes):
    """V7.3.1."""
    client = seated(make.person(role))
    at = timezone.now()
    with time_machine.travel(at + timedelta(minutes=minutes - 1), tick=False):
        assert is_in(client)
    with time_machine.travel(at + timedelta(minutes=2 * minutes), tick=False):
        assert not is_in(client)
    assert Session.objects.filter(person__isnull=False).count() == 0


def test_work_keeps_a_session_alive_until_twelve_hours():
    """V7.3.2."""
    client, at = seated(make.owner()), timezone.now()
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(at + timedelta(minutes=minutes), tick=False):
            assert is_in(client), minutes
    with time_machine.travel(at + timedelta(hours=12, seconds=1), tick=False):
        assert not is_in(client)


def test_page_that_asks_by_itself_keeps_nobody_signed_in():
    client, at = seated(make.owner()), timezone.now()
    for minutes in range(2, 31, 2):
        with time_machine.travel(at + timedelta(minutes=minutes), tick=False):
            client.get("/bar", headers={"X-Background": "1"})
    with time_machine.travel(at + timedelta(minutes=32), tick=False):
        assert not is_in(client)


def test_without_the_idle_limit_nothing_ends(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(sessions, "is_over", lambda row, role, at: False)
    client = seated(make.owner())
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert is_in(client)


def test_courier_stays_signed_in_on_an_enrolled_phone():
    person, at = make.courier_person(), timezone.now()
    phone, _secret = station.enrol("phone", Device.Use.PHONE, by=make.owner().subject.actor, at=at)
    assert sessions.idle_limit(person.role, phone) == timedelta(hours=12)
    assert sessions.idle_limit(Role.MANAGER, phone) == timedelta(minutes=30)
    assert sessions.idle_limit(person.role, None) == timedelta(minutes=30)


def test_sign_in_takes_a_new_key_and_its_row_holds_no_key():
    """V7.2.2 V7.2.4."""
    person, client = make.manager(), Client()
    client.post("/my/choices", {"language": "ru"})
    before = client.session.session_key
    sign_in(person.email, client=client)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    row = Session.objects.get(person=person)
    assert key != before
    assert row.pk == sessions.hashed(key) != key
    assert row.address == "127.0.0.1"
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert not is_in(thief)


@pytest.mark.parametrize(
    ("role", "follows"), [("owner", "Lax"), ("manager", "Lax"), ("packer", "Strict"), ("courier", "Strict")]
)
def test_cookie_of_couriers_and_packers_follows_no_link_from_elsewhere(role, follows):
    """V3.3.2."""
    person, client = make.person(role), Client()
    sign_in(person.email, client=client)

    assert is_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME]["samesite"] == follows


def test_sign_out_ends_it_at_the_server():
    """V7.2.1 V7.4.1 V14.3.1."""
    client = seated(make.manager())
    stolen = client.cookies[settings.SESSION_COOKIE_NAME].value
    answer = client.post("/accounts/logout/", follow=True)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert not is_in(thief)
    assert Session.objects.filter(person__isnull=False).count() == 0
    assert answer.redirect_chain[0][0] == "/signed-out"
    assert '"storage"' in client.get("/signed-out")["Clear-Site-Data"]


def test_own_sessions_are_listed_and_ended():
    """V7.5.2."""
    person = make.manager()
    here, there = fresh(person), seated(person)
    page = here.get("/my/sessions").content.decode()
    assert page.count("<tr>") == 3
    other = sessions.hashed(there.session.session_key)
    assert here.post(f"/my/sessions/{other}").status_code == 302
    assert is_in(here)
    assert not is_in(there)


def test_an_open_browser_ends_no_other_session():
    """V7.5.2."""
    person = make.manager()
    left_open, there = seated(person), seated(person)
    other = sessions.hashed(there.session.session_key)
    for path in (f"/my/sessions/{other}", "/my/sessions/others"):
        assert left_open.post(path).url.startswith("/accounts/reauthenticate/")
    assert is_in(there)


def test_others_are_ended_at_once():
    person = make.manager()
    here, there, elsewhere = fresh(person), seated(person), seated(person)
    here.post("/my/sessions/others")
    assert [is_in(one) for one in (here, there, elsewhere)] == [True, False, False]


def test_foreign_session_looks_missing_but_the_owner_ends_it():
    """V7.4.5."""
    person = make.packer()
    theirs = seated(person)
    key = sessions.hashed(theirs.session.session_key)
    assert fresh(make.manager()).post(f"/my/sessions/{key}").status_code == 404
    assert is_in(theirs)
    assert fresh(make.owner()).post(f"/my/sessions/{key}").status_code == 302
    assert not is_in(theirs)


def test_ended_person_is_out_at_the_next_request():
    """V7.4.2."""
    owner, person = make.owner(), make.manager()
    client, api = seated(person), make.client(person)
    assert api.get("orders").status_code == 200
    staff.end(person.pk, by=owner.subject.actor, at=timezone.now())
    assert not is_in(client)
    assert api.get("orders").status_code == 401


def test_another_role_acts_at_the_next_request_and_ends_sessions():
    owner, person = make.owner(), make.manager()
    client, api = seated(person), make.client(person)
    staff.change(person.pk, Terms(Role.PACKER), by=owner.subject.actor, at=timezone.now())
    assert not is_in(client)
    assert api.get("orders").status_code == 403


def test_changed_password_ends_every_session():
    """V7.4.3."""
    person = make.manager()
    here, there = fresh(person), seated(person)
    said = {"oldpassword": "a long password 7", "password1": "four words in a row", "password2": "four words in a row"}
    assert here.post("/accounts/password/change/", said).status_code == 302
    assert not is_in(here)
    assert not is_in(there)


def test_revoked_device_ends_its_sessions():
    at = timezone.now()
    device, _secret = station.enrol("table", Device.Use.PACKING, by=make.owner().subject.actor, at=at)
    client = seated(make.packer())
    session = client.session
    session[sessions.DEVICE] = device.pk
    session.save()
    Device.objects.filter(pk=device.pk).update(revoked_at=at)
    assert not is_in(client)


def test_fragment_of_a_signed_out_page_is_refused_in_its_place():
    answer = Client().get("/my/account", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "<!doctype" not in answer.content.decode()
