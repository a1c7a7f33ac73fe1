"""People: invited, changed, away, ended; the last owner stays; everything is in the trail (SEC-05, SEC-16)."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache, caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shopdesk.accounts import staff
from shopdesk.accounts.staff import Terms
from shopdesk.people.absence import who_is_away
from shopdesk.people.models import Absence, ApiToken, Invitation, Role, User
from shopdesk.trail.models import TrailEntry, TrailValue
from tests import make
from tests.shopdesk.accounts.seats import fresh, give_app, sign_in

pytestmark = pytest.mark.django_db
NEW = {"name": "Петя", "email": "petya@shop.example", "role": "manager", "language": "bg"}


@pytest.fixture(autouse=True)
def no_kept_limits():
    cache.clear()


def now_by(person: User) -> dict:
    return {"by": person.subject.actor, "at": timezone.now()}


def deeds() -> list[str]:
    return list(TrailEntry.objects.order_by("pk").values_list("deed", flat=True))


def test_invited_person_chooses_a_password_and_signs_in():
    page = fresh(make.owner()).post("/people/new", NEW).content.decode()
    person = User.objects.get(email=NEW["email"])
    path = re.search(r"/invited/[\w-]+", page)[0]
    assert path in mail.outbox[-1].body
    assert "паролата" in mail.outbox[-1].body
    assert sign_in(person.email, "").status_code == 200
    guest = Client()
    assert guest.post(path, {"password": "short"}).status_code == 409
    assert guest.post(path, {"password": "four words in a row"}).url == "/accounts/login/"
    assert sign_in(person.email, "four words in a row").status_code == 302
    assert deeds() == ["person.invited", "person.joined"]
    assert Client().post(path, {"password": "other words in a row"}).status_code == 404


def test_link_is_kept_as_a_hash_and_lives_three_days():
    """V6.4.1."""
    _person, secret = staff.invite("a@shop.example", "A", Terms(Role.PACKER), **now_by(make.owner()))
    assert Invitation.objects.get().secret_hash != secret
    with time_machine.travel(timezone.now() + timedelta(hours=73), tick=False):
        assert Client().get(f"/invited/{secret}").status_code == 404


def test_new_link_ends_the_one_before():
    owner = make.owner()
    person, old = staff.invite("a@shop.example", "A", Terms(Role.PACKER), **now_by(owner))
    _person, new = staff.invite_again(person.pk, **now_by(owner))
    assert [Client().get(f"/invited/{secret}").status_code for secret in (old, new)] == [404, 200]
    with pytest.raises(staff.AlreadyJoined):
        staff.invite_again(owner.pk, **now_by(owner))


def test_mail_is_taken_once_whatever_its_case():
    make.manager(email="a@shop.example")
    with pytest.raises(staff.MailTaken):
        staff.invite("A@shop.example", "A", Terms(Role.PACKER), **now_by(make.owner()))


def test_trail_keeps_personal_values_beside_it():
    staff.invite("a@shop.example", "Анна", Terms(Role.PACKER), **now_by(make.owner()))
    entry = TrailEntry.objects.get()
    assert "Анна" not in str(entry.after)
    assert set(TrailValue.objects.filter(entry=entry).values_list("new", flat=True)) == {"a@shop.example", "Анна"}


def demote(person_id: int, **how) -> None:
    staff.change(person_id, Terms(Role.MANAGER), **how)


@pytest.mark.parametrize("deed", [staff.end, demote])
def test_last_owner_stays(deed):
    owner = make.owner()
    invited, _secret = staff.invite("b@shop.example", "B", Terms(Role.OWNER), **now_by(owner))
    assert not invited.has_usable_password()
    with pytest.raises(staff.LastOwner):
        deed(owner.pk, **now_by(owner))
    owner.refresh_from_db()
    assert (owner.is_active, owner.role) == (True, Role.OWNER)


def test_one_of_two_owners_may_go():
    owner, other = make.owner(), make.owner()
    staff.end(owner.pk, **now_by(other))
    with pytest.raises(staff.LastOwner):
        staff.end(other.pk, **now_by(other))


def test_without_the_guard_the_last_owner_is_lost(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(staff, "_keep_an_owner", lambda person: None)
    owner = make.owner()
    staff.end(owner.pk, **now_by(owner))
    assert not User.objects.filter(role=Role.OWNER, is_active=True).exists()


def test_who_left_cannot_come_back_by_anything_old():
    """V7.4.2."""
    owner, person = make.owner(), make.packer()
    make.token(person)
    _pin = staff.give_pin(person.pk, **now_by(owner))
    staff.end(person.pk, **now_by(owner))
    staff.end(person.pk, **now_by(owner))
    person.refresh_from_db()
    assert (person.is_active, person.pin_hash) == (False, "")
    assert not ApiToken.objects.filter(user=person, revoked_at=None).exists()
    assert sign_in(person.email).url == "/accounts/inactive/"
    assert deeds().count("person.ended") == 1
    _person, secret = staff.take_back(person.pk, **now_by(owner))
    assert sign_in(person.email).status_code == 200
    staff.join(secret, "four words in a row", at=timezone.now())
    assert sign_in(person.email, "four words in a row").status_code == 302


def test_lost_second_step_is_taken_off_and_told():
    """V6.4.4."""
    owner, person = make.owner(), make.manager()
    give_app(person)
    fresh(owner).post(f"/people/{person.pk}/second-step")
    assert not person.authenticator_set.exists()
    assert [letter.to for letter in mail.outbox] == [[person.email]]


def test_change_of_language_ends_no_session():
    owner, person = make.owner(), make.manager()
    client = fresh(person)
    staff.change(person.pk, Terms(Role.MANAGER, "ru"), **now_by(owner))
    assert client.get("/my/account").status_code == 200
    staff.change(person.pk, Terms(Role.MANAGER, "ru"), **now_by(owner))
    assert deeds() == ["person.changed"]


def test_somebody_who_stands_in_is_named_while_they_are_there():
    owner, away, stand_in = make.owner(), make.manager(), make.manager()
    on = date(2026, 12, 1)
    staff.set_absence(away.pk, on, on + timedelta(days=5), stand_in.pk, **now_by(owner))
    assert who_is_away(on) == {away.pk: stand_in.pk}
    assert who_is_away(on + timedelta(days=5)) == {}
    staff.set_absence(stand_in.pk, on, on + timedelta(days=1), None, **now_by(owner))
    assert who_is_away(on) == {away.pk: None, stand_in.pk: None}
    assert who_is_away(on + timedelta(days=1)) == {away.pk: stand_in.pk}
    staff.end(stand_in.pk, **now_by(owner))
    assert who_is_away(on + timedelta(days=1)) == {away.pk: None}


def test_absence_is_refused_backwards_and_dropped():
    owner, person = make.owner(), make.manager()
    on = date(2026, 12, 1)
    for wrong in ({"until_on": on, "substitute": None}, {"until_on": on + timedelta(days=1), "substitute": person.pk}):
        with pytest.raises(staff.WrongDays):
            staff.set_absence(person.pk, on, **wrong, **now_by(owner))
    absence = staff.set_absence(person.pk, on, on + timedelta(days=1), None, **now_by(owner))
    staff.drop_absence(absence, **now_by(owner))
    assert not Absence.objects.exists()


WRITES = [
    ("post", "/people/new", NEW), ("post", "/people/{}/terms", {"role": "packer"}), ("post", "/people/{}/end", {}),
    ("post", "/people/{}/back", {}), ("post", "/people/{}/link", {}), ("post", "/people/{}/second-step", {}),
    ("post", "/people/{}/pin", {}), ("post", "/people/{}/sessions", {}),
    ("post", "/devices", {"name": "x", "use": "phone"}), ("get", "/people/new", {}),
    ("post", "/my/second-step/codes", {}),
]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize(("method", "path", "said"), WRITES)
def test_people_are_changed_only_by_somebody_who_shows_who_they_are(method, path, said):
    person = make.packer()
    stale = fresh(make.owner(), minutes_ago=16)
    answer = getattr(stale, method)(path.format(person.pk), said)
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert User.objects.count() == 2
    assert deeds() == []


def test_what_was_asked_for_is_done_after_they_showed_who_they_are():
    person, stale = make.packer(), fresh(make.owner(), minutes_ago=16)
    question = stale.post(f"/people/{person.pk}/end")
    stale.post(question.url, {"password": "a long password 7", "next": f"/people/{person.pk}/end"})
    person.refresh_from_db()
    assert not person.is_active


def test_fragment_leads_the_page_to_the_question():
    stale = fresh(make.owner(), minutes_ago=16)
    asked = stale.post(
        "/people/new", NEW, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/people/new"}
    )
    assert asked["HX-Redirect"] == "/accounts/reauthenticate/?next=%2Fpeople%2Fnew"


@pytest.mark.once
@pytest.mark.parametrize("who", [make.manager, make.packer, make.courier_person])
def test_people_are_the_owners(who):
    person = who()
    client = fresh(person)
    paths = ["/people", "/people/new", f"/people/{person.pk}"]
    assert {client.get(path).status_code for path in paths} == {404}


@pytest.mark.once
def test_list_asks_as_little_for_twenty_as_for_one():
    client, counted = fresh(make.owner()), []
    for more in (1, 19):
        for _ in range(more):
            make.manager()
        caches["nearby"].clear()  # the bar counts anew both times
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/people").content.decode()
        counted.append(len(asked))
    assert counted[0] == counted[1] < 20
    assert page.count("data-row=") == 21
    assert client.get(f"/people/{User.objects.last().pk}").status_code == 200
