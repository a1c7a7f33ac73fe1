"""One's own e-mail: asked for anew, settled by a letter to the new address, told to the old one."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from shopdesk.accounts import addresses
from shopdesk.people.models import EmailChange, User
from shopdesk.trail.models import TrailEntry, TrailValue
from tests import make
from tests.shopdesk.accounts.seats import PASSWORD, fresh, sign_in

pytestmark = pytest.mark.django_db
NEW = "elena.new@shop.example"


@pytest.fixture(autouse=True)
def no_kept_limits():
    cache.clear()


def asked(person: User, email: str = NEW) -> str:
    """Ask for another address. Gives the path of the letter's link."""
    assert fresh(person).post("/my/email", {"email": email}).status_code == 302
    return re.search(r"/new-address/[\w-]+", mail.outbox[-1].body)[0]


def test_link_at_the_new_address_changes_who_signs_in_and_the_old_address_is_told():
    person = make.manager(email="elena@shop.example")
    path = asked(person)
    assert mail.outbox[-1].to == [NEW]
    guest = Client()
    assert NEW in guest.get(path).content.decode()
    assert sign_in("elena@shop.example").status_code == 302  # looking at the link changes nothing
    assert guest.post(path).url == "/"
    assert mail.outbox[-1].to == ["elena@shop.example"]
    assert (sign_in(NEW).status_code, sign_in("elena@shop.example").status_code) == (302, 200)
    entry = TrailEntry.objects.get(deed="email.changed")
    assert (entry.target_id, entry.before, entry.after) == (str(person.pk), {}, {})
    assert TrailValue.objects.filter(entry=entry).values_list("old", "new").get() == ("elena@shop.example", NEW)
    assert Client().post(path).status_code == 404
    assert EmailChange.objects.get().email == ""


def test_nobody_asks_without_showing_who_they_are():
    person, client = make.manager(), Client()
    client.force_login(person)
    assert client.post("/my/email", {"email": NEW}).url.startswith("/accounts/reauthenticate/")
    assert (mail.outbox, EmailChange.objects.count()) == ([], 0)


def test_link_dies_with_the_day_with_a_newer_wish_and_with_its_person():
    person = make.manager()
    first, second = asked(person), asked(person, "second@shop.example")
    assert [Client().get(path).status_code for path in (first, second)] == [404, 200]
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
        assert Client().post(second).status_code == 404
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().post(second).status_code == 404
    assert not User.objects.filter(email="second@shop.example").exists()


def test_address_of_a_colleague_stays_theirs_and_nobody_learns_of_it():
    person, other = make.manager(), make.packer(email="taken@shop.example")
    free, taken = ({"email": email} for email in (NEW, "Taken@shop.example"))
    answers = [fresh(person).post("/my/email", said) for said in (free, taken)]
    assert [(one.status_code, one.url) for one in answers] == [(302, "/my/account")] * 2
    assert mail.outbox[-1].to == [other.email]
    assert "/new-address/" not in mail.outbox[-1].body
    assert not EmailChange.objects.filter(used_at=None).exists()


def test_of_two_who_want_one_address_the_first_link_counts():
    one, two = make.manager(), make.packer()
    links = [addresses.ask(person.pk, NEW, at=timezone.now()).secret for person in (one, two)]
    assert [Client().post(f"/new-address/{secret}").status_code for secret in links] == [302, 404]
    assert User.objects.get(email=NEW).pk == one.pk
    assert User.objects.get(pk=one.pk).check_password(PASSWORD)


def test_sixth_letter_waits():
    person = make.manager()
    client = fresh(person)
    answers = [client.post("/my/email", {"email": f"n{count}@shop.example"}) for count in range(6)]
    assert [one.status_code for one in answers] == [302] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert len(mail.outbox) == 5
